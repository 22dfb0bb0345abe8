// The one door to patient data for pages and actions. Every function checks the permission, asks the
// database, writes the audit event and returns a DTO; refusals are DataErrors.
import 'server-only';

export { DataError, type DataErrorCode } from './errors';
export { searchPatients } from './search';
export { listRecentPatients } from './recent-patients';
export { getPatientRecord } from './record';
export { revealSsn, revealPolicyNumber } from './reveal';
export { addAlert, endAlert } from './alerts';
export { exportVisits, notePrint } from './chart-copies';
export { getPatientCard, noteCardPrint } from './card';
export { findSimilarPatients } from './similar-patients';
export { registerPatient, registerContact, completeRegistration } from './registration';
export { addMeasurement } from './measurement';
export { correctVisit, markEnteredInError } from './correction';
export { saveDraft, readDraft, discardDraft } from './drafts';
export { updateContact, updateInsurance } from './updates';
export { verifyIdentity } from './identity';
export {
  readCareTeam,
  takeOverCare,
  addToCareTeam,
  removeFromCareTeam,
  outsideCareTeam,
} from './care-team';
export { beginEmergencyAccess, endEmergencyAccess } from './emergency-access';
export {
  listEmergencyAccesses,
  stopEmergencyAccess,
  reviewEmergencyAccess,
} from './emergency-review';
export {
  listAccounts,
  createAccount,
  setAccountDisabled,
  changeRole,
  resetPassword,
  resetSecondFactor,
  endAccountSessions,
} from './accounts';
export {
  readOwnAccount,
  endOwnSession,
  changeOwnPassword,
  offerSecondFactor,
  enrolSecondFactor,
  removeSecondFactor,
} from './own-account';
export {
  readAuditLog,
  exportAuditLog,
  whoSearched,
  readAccessHistory,
  checkAuditChain,
} from './audit-log';
export {
  readKeyConsole,
  findErasureSubject,
  requestKeyOperation,
  approveKeyRequest,
  refuseKeyRequest,
  resumeKeyRequest,
} from './key-console';
