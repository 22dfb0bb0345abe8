// Names of databases and collections. The prefix lets several clinics, or tests, share one server.

export interface DatabaseNames {
  patients: string;
  keyVault: string;
  clinic: string;
  /** `database.collection` of the patients, the schema map's key. */
  patientsNamespace: string;
  keyVaultNamespace: string;
}

export const PATIENTS = 'patients';
export const KEY_VAULT = '__keyVault';
export const USERS = 'users';
export const SESSIONS = 'sessions';
export const THROTTLES = 'throttles';
export const AUDIT_EVENTS = 'auditLog';
export const CARE_TEAMS = 'careTeams';
export const RECENT_PATIENTS = 'recentPatients';
export const EMERGENCY_ACCESS = 'emergencyAccess';

export function databaseNames(prefix: string): DatabaseNames {
  const patients = `${prefix}medicalRecords`;
  const keyVault = `${prefix}encryption`;
  return {
    patients,
    keyVault,
    clinic: `${prefix}clinic`,
    patientsNamespace: `${patients}.${PATIENTS}`,
    keyVaultNamespace: `${keyVault}.${KEY_VAULT}`,
  };
}
