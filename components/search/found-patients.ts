// What a search page sends and receives. The front desk gets nulls where a screen in public shows nothing.
import type { ActionResult } from '@/components/form/action-result';
import type { PatientSummary, SearchResults } from '@/schemas/dto';
import type { Narrow } from '@/schemas/search';

export type FoundPatient = Omit<PatientSummary, 'phone'> & { phone: string | null };

export type FoundPatients = Omit<SearchResults, 'patients'> & { patients: FoundPatient[] };

/** The search action of a role; `after` is the `next` of the page before. */
export type SearchPatients = (
  input: Asked & { after?: string },
) => Promise<ActionResult<FoundPatients>>;

/** What a person looks for. */
export interface Asked {
  text: string;
  narrow: Narrow;
}
