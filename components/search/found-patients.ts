// What a search page receives. The front desk gets nulls where a screen in public shows nothing.
import type { PatientSummary, SearchResults } from '@/schemas/dto';

export type FoundPatient = Omit<PatientSummary, 'phone'> & { phone: string | null };

export type FoundPatients = Omit<SearchResults, 'patients'> & { patients: FoundPatient[] };
