// The record of the chart that is being shown, read once per request however many parts of the page need it: one
// disclosure, one audit event.
import 'server-only';
import { cache } from 'react';
import { loadEncrypted } from '@/app/guard';
import { getPatientRecord } from '@/lib/data';

export const readChart = cache((id: string) =>
  loadEncrypted((staff) => getPatientRecord(staff, id)),
);
