// The sign-in form. Lengths are bounded so that nobody can make the password hash work on megabytes.
import { z } from 'zod';

export const signInSchema = z.strictObject({
  username: z.string().trim().toLowerCase().min(1, 'Enter your user name').max(100),
  password: z.string().min(1, 'Enter your password').max(256),
  /** Of the second factor; empty for who has none. */
  code: z.string().trim().max(40).default(''),
});

export type SignInInput = z.input<typeof signInSchema>;
export type SignInData = z.output<typeof signInSchema>;
