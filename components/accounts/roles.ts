// The roles in the order in which they are offered.
import type { AccountView } from '@/schemas/account';

export const ROLES: readonly AccountView['role'][] = ['doctor', 'receptionist', 'officer'];
