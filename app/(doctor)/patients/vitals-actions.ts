'use server';
// What the entry of vital signs asks the server to do. Each action parses with the shared schema and calls lib/data, which
// checks the role again; nothing that was typed comes back in an answer.
import { refresh } from 'next/cache';
import { z } from 'zod';
import { answerPatientAction } from '@/app/guard';
import type { ActionResult } from '@/components/form/action-result';
import { clinicTimeZone, formatMoment } from '@/components/format';
import { addMeasurement, correctVisit, discardDraft, markEnteredInError } from '@/lib/data';
import { translator } from '@/lib/i18n/server';
import { preferences } from '@/lib/preferences';
import { correctionSchema, errorReasonSchema, type ErrorReason } from '@/schemas/correction';
import { vitalsEntrySchema } from '@/schemas/measurement';

export async function addVitalsAction(
  id: unknown,
  input: unknown,
): Promise<ActionResult<{ savedAt: string }>> {
  return answerPatientAction(
    id,
    vitalsEntrySchema,
    input,
    async (staff, patient, { measurement, ...entry }) => {
      const visit = await addMeasurement(staff, patient, measurement, entry);
      refresh();
      const { locale } = await preferences();
      return { savedAt: formatMoment(visit.measuredAt, clinicTimeZone(), locale).time };
    },
  );
}

export async function discardDraftAction(id: unknown, input: unknown): Promise<ActionResult> {
  return answerPatientAction(id, z.uuid(), input, async (staff, patient, entryKey) => {
    await discardDraft(staff, patient, entryKey);
    return null;
  });
}

export async function correctVisitAction(id: unknown, input: unknown): Promise<ActionResult> {
  return answerPatientAction(id, correctionSchema, input, async (staff, patient, parsed) => {
    await correctVisit(staff, patient, { ...parsed, reason: await inWords(parsed) });
    refresh();
    return null;
  });
}

export async function markEnteredInErrorAction(id: unknown, input: unknown): Promise<ActionResult> {
  return answerPatientAction(id, errorReasonSchema, input, async (staff, patient, parsed) => {
    await markEnteredInError(staff, patient, { ...parsed, reason: await inWords(parsed) });
    refresh();
    return null;
  });
}

/** The reason as it stays in the record, in the words of whoever gives it. */
async function inWords({ cause, details }: ErrorReason): Promise<string> {
  const t = await translator('vitals');
  if (cause === 'other') return details;
  return details === '' ? t(`cause.${cause}`) : `${t(`cause.${cause}`)}: ${details}`;
}
