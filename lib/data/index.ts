// The one door to patient data for pages and actions. Every function checks the permission, asks the
// database, writes the audit event and returns a DTO; refusals are DataErrors.
import 'server-only';

export { DataError, type DataErrorCode } from './errors';
export { searchPatients } from './search';
export { getPatientRecord, revealSsn } from './record';
export { getPatientCard } from './card';
export { registerPatient, registerContact, completeRegistration } from './registration';
export { addMeasurement } from './measurement';
export { updateContact, updateInsurance } from './updates';
export { verifyIdentity } from './identity';
