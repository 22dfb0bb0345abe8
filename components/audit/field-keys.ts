// What the log's field names are called in the catalogues, where a dot would mean a level. A name that is not here shows
// as the log has it.
const KEYS = {
  name: 'name',
  contact: 'contact',
  'contact.phone': 'contact_phone',
  'contact.email': 'contact_email',
  'contact.address': 'contact_address',
  'contact.dateOfBirth': 'contact_dateOfBirth',
  last4ssn: 'last4ssn',
  ssn: 'ssn',
  insurance: 'insurance',
  'insurance.provider': 'insurance_provider',
  'insurance.policyNumber': 'insurance_policyNumber',
  bloodType: 'bloodType',
  medicalRecords: 'medicalRecords',
  alerts: 'alerts',
  'care-team': 'care-team',
  policy: 'policy',
  phone: 'phone',
  last4: 'last4',
  birthDate: 'birthDate',
  searched: 'searched',
  recent: 'recent',
} as const;

export const FIELD_KEYS: Record<string, (typeof KEYS)[keyof typeof KEYS] | undefined> = KEYS;
