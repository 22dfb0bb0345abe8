// What an officer asks for at the key console, and how a second one answers.
import { z } from 'zod';
import { message } from './message';
import { lineSchema } from './text';

export const MIGRATION_WAYS = ['rewrap', 're-encrypt'] as const;

/** A patient's record number: the id in hex. */
export const recordNumberSchema = z
  .string()
  .transform((text) => text.trim().toLowerCase())
  .pipe(z.string().regex(/^[0-9a-f]{24}$/, message('keys.recordNumberRule')));

const reason = lineSchema('reason', 5, 200);

/** The operation asked for, with the reason that the log will show. */
export const keyRequestSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('rotate'), reason }),
  z.object({
    kind: z.literal('migrate'),
    to: z.string().regex(/^(local|aws|azure|gcp|kmip)(:next)?$/, message('keys.chooseProvider')),
    how: z.enum(MIGRATION_WAYS, message('keys.chooseWay')),
    reason,
  }),
  z.object({ kind: z.literal('retire'), reason }),
  z.object({ kind: z.literal('erase'), patientId: recordNumberSchema, reason }),
]);

export type KeyRequestInput = z.input<typeof keyRequestSchema>;
export type KeyRequest = z.output<typeof keyRequestSchema>;

/** Names a request. */
export const requestIdSchema = z.string().regex(/^[0-9a-f]{24}$/, message('keys.noSuchRequest'));

/** An approval; for an erasure the second officer types the record number too. */
export const keyApprovalSchema = z.object({
  id: requestIdSchema,
  recordNumber: z.union([z.literal(''), recordNumberSchema]),
});

export type KeyApprovalInput = z.input<typeof keyApprovalSchema>;
