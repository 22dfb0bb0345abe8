// Every key operation, for the operator's tool and the officer's console. Each is a plain async function that can be
// killed at any moment and asked for again.
import 'server-only';

export { backupKeyVault, backupOnRequest, defaultBackupDir, forgetKeyInBackups } from './backup';
export type { VaultBackup } from './backup';
export { commandOf, finishedOperations, unfinishedOperation } from './journal';
export type { OperationKind, OperationRecord } from './journal';
export { cancelRewrap, planRewrap, rewrapKeys } from './rewrap';
export type { RewrapOptions } from './rewrap';
export type { OnProgress, PhaseProgress } from './progress';
export { reencrypt } from './reencrypt';
export type { ReencryptOptions } from './reencrypt';
export { retirePatientKey, retireSharedKey } from './retire';
export type { ReplaceOptions } from './convert-run';
export { erasePatient } from './erase';
export type { EraseOptions, Erasure } from './erase';
export { restoreKeyVault } from './restore';
export type { Restoration, RestoreOptions } from './restore';
export { migrationTarget, rotationTarget } from './target';
export { verifyKeys } from './verify';
export type { Verification, VerificationProblem } from './verify';
