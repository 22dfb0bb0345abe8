'use server';
// What the review queue asks the server to do. After each answer the page is read again.
import { refresh } from 'next/cache';
import { answerAction } from '@/app/guard';
import type { ActionResult } from '@/components/form/action-result';
import { reviewEmergencyAccess, stopEmergencyAccess } from '@/lib/data';
import { accessIdSchema, emergencyReviewSchema } from '@/schemas/emergency-access';

export async function reviewAction(input: unknown): Promise<ActionResult> {
  return answerAction(emergencyReviewSchema, input, async (staff, review) => {
    await reviewEmergencyAccess(staff, review);
    refresh();
    return null;
  });
}

export async function stopAction(input: unknown): Promise<ActionResult> {
  return answerAction(accessIdSchema, input, async (staff, id) => {
    await stopEmergencyAccess(staff, id);
    refresh();
    return null;
  });
}
