'use server';
// What the care team's bar and the emergency gate ask the server to do. After each the page is read again.
import { refresh } from 'next/cache';
import { z } from 'zod';
import { answerPatientAction } from '@/app/guard';
import type { ActionResult } from '@/components/form/action-result';
import {
  addToCareTeam,
  beginEmergencyAccess,
  endEmergencyAccess,
  removeFromCareTeam,
  takeOverCare,
} from '@/lib/data';
import { careTeamMemberSchema, emergencyReasonSchema } from '@/schemas/emergency-access';

export async function beginEmergencyAccessAction(
  id: unknown,
  input: unknown,
): Promise<ActionResult> {
  return answerPatientAction(id, emergencyReasonSchema, input, async (staff, patient, reason) => {
    await beginEmergencyAccess(staff, patient, reason);
    refresh();
    return null;
  });
}

export async function endEmergencyAccessAction(id: unknown): Promise<ActionResult> {
  return answerPatientAction(id, z.null(), null, async (staff, patient) => {
    await endEmergencyAccess(staff, patient);
    refresh();
    return null;
  });
}

export async function takeOverCareAction(id: unknown): Promise<ActionResult> {
  return answerPatientAction(id, z.null(), null, async (staff, patient) => {
    await takeOverCare(staff, patient);
    refresh();
    return null;
  });
}

export async function addToCareTeamAction(id: unknown, input: unknown): Promise<ActionResult> {
  return answerPatientAction(id, careTeamMemberSchema, input, async (staff, patient, member) => {
    await addToCareTeam(staff, patient, member.userId);
    refresh();
    return null;
  });
}

export async function removeFromCareTeamAction(id: unknown, input: unknown): Promise<ActionResult> {
  return answerPatientAction(id, careTeamMemberSchema, input, async (staff, patient, member) => {
    await removeFromCareTeam(staff, patient, member.userId);
    refresh();
    return null;
  });
}
