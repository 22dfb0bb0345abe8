// The care team of the patient of this page, read once per request however many parts of the page show it.
import 'server-only';
import { cache } from 'react';
import { loadForPage } from '@/app/guard';
import { readCareTeam } from '@/lib/data';

export const careTeamOf = cache((patientId: string) =>
  loadForPage((staff) => readCareTeam(staff, patientId)),
);
