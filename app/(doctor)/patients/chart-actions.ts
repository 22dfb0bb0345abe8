'use server';
// What the chart asks the server to do besides vital signs: reveal, alerts, insurance, copies. Each action parses with the
// shared schema and calls lib/data, which checks the role again; nothing that was typed comes back in an answer.
import { refresh } from 'next/cache';
import { z } from 'zod';
import { answerPatientAction } from '@/app/guard';
import type { ActionResult } from '@/components/form/action-result';
import {
  addAlert,
  endAlert,
  exportVisits,
  notePrint,
  revealPolicyNumber,
  revealSsn,
  updateInsurance,
} from '@/lib/data';
import { visitsCsv } from '@/lib/vitals/visits-csv';
import { alertSchema, endAlertSchema } from '@/schemas/alert';
import { insuranceChangeSchema } from '@/schemas/insurance-change';

export async function revealSsnAction(id: unknown): Promise<ActionResult<string>> {
  return answerPatientAction(id, z.null(), null, revealSsn);
}

export async function revealPolicyNumberAction(id: unknown): Promise<ActionResult<string>> {
  return answerPatientAction(id, z.null(), null, revealPolicyNumber);
}

export async function updateInsuranceAction(id: unknown, input: unknown): Promise<ActionResult> {
  return answerPatientAction(id, insuranceChangeSchema, input, async (staff, patient, parsed) => {
    await updateInsurance(staff, patient, parsed);
    refresh();
    return null;
  });
}

export async function addAlertAction(id: unknown, input: unknown): Promise<ActionResult> {
  return answerPatientAction(id, alertSchema, input, async (staff, patient, parsed) => {
    await addAlert(staff, patient, parsed);
    refresh();
    return null;
  });
}

export async function endAlertAction(id: unknown, input: unknown): Promise<ActionResult> {
  return answerPatientAction(id, endAlertSchema, input, async (staff, patient, parsed) => {
    await endAlert(staff, patient, parsed);
    refresh();
    return null;
  });
}

export async function exportVisitsAction(id: unknown): Promise<ActionResult<string>> {
  return answerPatientAction(id, z.null(), null, async (staff, patient) =>
    visitsCsv(await exportVisits(staff, patient)),
  );
}

export async function notePrintAction(id: unknown): Promise<ActionResult> {
  return answerPatientAction(id, z.null(), null, async (staff, patient) => {
    await notePrint(staff, patient);
    return null;
  });
}
