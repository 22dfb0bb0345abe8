// What pages and lib/data may use of the sign-in layer.
import 'server-only';

export { AuthError, type AuthErrorCode } from './errors';
export { can, requirePermission, type Permission, type Role, type Staff } from './permissions';
export {
  currentStaff,
  renewCurrentSession,
  requireStaff,
  sessionRemaining,
  touchCurrentSession,
} from './current-staff';
export { demoAccounts, demoCodeOf, type DemoAccount } from './demo-accounts';
export { handleAuth } from './next-auth';
export type { SignInFailure } from './sign-in';
