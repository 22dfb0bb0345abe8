// Accounts as officers manage them, and what people do with their own.
import { z } from 'zod';
import { message } from './message';
import { lineSchema } from './text';

const role = z.enum(['doctor', 'receptionist', 'officer']);
/** C-08: no composition rules. */
const password = z
  .string()
  .min(8, message('accounts.passwordShort', { min: 8 }))
  .max(256, message('accounts.passwordLong', { max: 256 }));

/** 24 hex digits. */
export const accountIdSchema = z.string().regex(/^[0-9a-f]{24}$/);

export const newAccountSchema = z.object({
  username: z
    .string()
    .trim()
    .toLowerCase()
    .regex(/^[a-z0-9][a-z0-9._-]{1,39}$/, message('accounts.usernameRule')),
  name: lineSchema('name', 2, 80),
  role,
  password,
});
export type NewAccount = z.infer<typeof newAccountSchema>;

export const roleChangeSchema = z.object({ id: accountIdSchema, role });
export const passwordResetSchema = z.object({ id: accountIdSchema, password });

export const passwordChangeSchema = z
  .object({
    current: z.string().min(1, message('accounts.currentNeeded')).max(256),
    password,
    again: z.string().max(256),
  })
  .refine(({ password: chosen, again }) => chosen === again, {
    path: ['again'],
    error: message('accounts.notTheSame'),
  });
export type PasswordChange = z.infer<typeof passwordChangeSchema>;

/** SHA-256 in hex: names a session, opens none. */
export const sessionIdSchema = z.string().regex(/^[0-9a-f]{64}$/);

export const codeSchema = z
  .string()
  .trim()
  .regex(/^\d{3}\s?\d{3}$/, message('accounts.codeRule'));

export interface AccountView {
  id: string;
  username: string;
  name: string;
  role: z.infer<typeof role>;
  disabled: boolean;
  secondFactor: boolean;
  /** Sessions that have not run out. */
  sessions: number;
  /** The one who looks. */
  own: boolean;
}

export interface SessionView {
  id: string;
  begunAt: Date;
  lastSeenAt: Date;
  /** `Firefox, Windows`; may be empty. */
  browser: string;
  /** The one that asks. */
  current: boolean;
}

export interface OwnAccount {
  username: string;
  name: string;
  /** `demo`: everybody knows the secret; it cannot be changed. */
  secondFactor: 'none' | 'needed' | 'set' | 'demo';
  recoveryCodes: number;
  sessions: SessionView[];
}

export interface EnrolmentView {
  secret: string;
  /** The modules of the QR code, row by row. */
  qr: boolean[][];
}
