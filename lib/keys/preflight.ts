// Preflight: proves that a CMK wraps and unwraps, with the credentials and over the very connection that the clinic
// uses, before anything depends on it. Works on a throwaway data key in a collection of its own; touches no key of the vault.
import 'server-only';
import { randomBytes } from 'node:crypto';
import {
  MongoNetworkError,
  MongoServerError,
  type ClientEncryption,
  type Collection,
  type DataKey,
  type MongoClient,
  type UUID,
} from 'mongodb';
import { currentNames, keyVaultDb } from '@/lib/db/connections';
import { createClientEncryption } from '@/lib/db/doctor-client';
import { KeyError } from './errors';
import { isUnusable, stateOnKmipServer } from './kmip-state';
import { describeMasterKey, kmsOptions, type CustomerMasterKey } from './kms';
import {
  explainRefusal,
  permissionOf,
  providerKind,
  type KmsStep,
  type RefusalReason,
} from './kms-refusal';

export interface PreflightCheck {
  /** The permission that was tried, as `kms:Encrypt`; `wrap` and `unwrap` where the provider has no names for it. */
  readonly name: string;
  readonly outcome: 'passed' | 'failed' | 'skipped';
  /** What is wrong, or why it was skipped; null if it passed. Holds no secret. */
  readonly problem: string | null;
  readonly reason: RefusalReason | null;
}

export interface PreflightReport {
  /** As it was asked for; with the identifier that the server gave, where it was blank (`kmip`). */
  readonly cmk: CustomerMasterKey;
  /** Whether nothing failed. */
  readonly ok: boolean;
  readonly checks: readonly PreflightCheck[];
}

/** Beside the key vault. What a killed preflight leaves here is deleted by the next one. */
const PROBES = 'keyProbes';
const PROBE_LIFE_MS = 600_000;
const RANDOM = 'AEAD_AES_256_CBC_HMAC_SHA_512-Random';

/**
 * Wraps one throwaway data key under `cmk` and opens it again. Never throws because of the KMS or its settings: what is
 * wrong with them is in the report. Throws the driver's errors if the database fails.
 */
export async function preflight(cmk: CustomerMasterKey): Promise<PreflightReport> {
  const kind = providerKind(cmk.provider);
  if (kind === 'kmip') return preflightKmip(cmk);
  if (kind !== 'aws') return probeThroughDriver(cmk);
  // AWS's client is loaded by those who need it only.
  const { askAws } = await import('./aws/checks');
  const asked = await askAws(cmk);
  if (asked.some(({ outcome }) => outcome === 'failed')) return { cmk, ok: false, checks: asked };
  // AWS lets AWS's client do it; now the same through the clinic's own.
  const { ok, checks } = await probeThroughDriver(cmk);
  const own = checks.map((check) => ({ ...check, name: `${check.name} by the clinic` }));
  return { cmk, ok, checks: [...asked, ...own] };
}

/** A server hands out a revoked key like any other, so its state is asked for. */
async function preflightKmip(cmk: CustomerMasterKey): Promise<PreflightReport> {
  const report = await probeThroughDriver(cmk);
  const keyId: unknown = report.cmk.masterKey?.['keyId'];
  if (!report.ok || typeof keyId !== 'string') return report;
  const check = await checkState(keyId);
  return { ...report, ok: check.outcome !== 'failed', checks: [...report.checks, check] };
}

async function checkState(keyId: string): Promise<PreflightCheck> {
  const name = 'Get Attributes';
  let state: string;
  try {
    state = await stateOnKmipServer(keyId);
  } catch {
    // The key wraps and unwraps; a server may keep its state to itself.
    const problem = 'The KMIP server does not tell the state of the key';
    return { name, outcome: 'skipped', problem, reason: null };
  }
  if (!isUnusable(state)) return { name, outcome: 'passed', problem: null, reason: null };
  const problem = `Key ${keyId} on the KMIP server is ${state}: expected one that is in use`;
  return { name, outcome: 'failed', problem, reason: 'disabled' };
}

/** The same for a caller that cannot go on without. Throws KeyError `MASTER_KEY` that names what failed. */
export async function requirePreflight(cmk: CustomerMasterKey): Promise<PreflightReport> {
  const report = await preflight(cmk);
  if (report.ok) return report;
  const problems = report.checks.filter(({ outcome }) => outcome === 'failed');
  const said = problems.map(({ name, problem }) => `\`${name}\`: ${problem ?? 'failed'}`);
  throw new KeyError('MASTER_KEY', `The CMK cannot be used. ${said.join('. ')}`);
}

async function probeThroughDriver(cmk: CustomerMasterKey): Promise<PreflightReport> {
  const { provider, masterKey } = cmk;
  const db = keyVaultDb();
  const probes = db.collection<DataKey>(PROBES);
  const oldest = new Date(Date.now() - PROBE_LIFE_MS);
  await probes.deleteMany({ creationDate: { $lt: oldest } });
  const checks: PreflightCheck[] = [];
  const attempt = async <T>(step: KmsStep, work: () => Promise<T>): Promise<T | undefined> => {
    const name = permissionOf(provider, step);
    try {
      const result = await work();
      checks.push({ name, outcome: 'passed', problem: null, reason: null });
      return result;
    } catch (error) {
      if (error instanceof MongoServerError || error instanceof MongoNetworkError) throw error;
      const resource = describeMasterKey(cmk);
      const { problem, reason } = explainRefusal(error, { provider, name, resource });
      checks.push({ name, outcome: 'failed', problem, reason });
      return undefined;
    }
  };
  let probe: UUID | undefined;
  try {
    probe = await attempt('wrap', () =>
      openProbes(db.client).createDataKey(provider, { ...(masterKey && { masterKey }) }),
    );
    if (probe === undefined) {
      const name = permissionOf(provider, 'unwrap');
      const problem = 'Not tried, since nothing could be wrapped';
      checks.push({ name, outcome: 'skipped', problem, reason: null });
    } else {
      const keyId = probe;
      await attempt('unwrap', () => requireRoundTrip(db.client, keyId));
    }
    const used = probe && (await madeUnder(probes, probe));
    return { cmk: used ?? cmk, ok: checks.every(({ outcome }) => outcome !== 'failed'), checks };
  } finally {
    if (probe !== undefined) await probes.deleteOne({ _id: probe });
  }
}

/** A client that has seen no key yet, so that the KMS is really asked. */
function openProbes(client: MongoClient): ClientEncryption {
  const names = { ...currentNames(), keyVaultNamespace: `${currentNames().keyVault}.${PROBES}` };
  return createClientEncryption(client, { names, kms: kmsOptions(), keyExpirationMS: 1000 });
}

/** One client encrypts, another one that must ask the KMS anew decrypts. */
async function requireRoundTrip(client: MongoClient, keyId: UUID): Promise<void> {
  const value = randomBytes(16).toString('hex');
  const sealed = await openProbes(client).encrypt(value, { keyId, algorithm: RANDOM });
  const opened = await openProbes(client).decrypt<string>(sealed);
  if (opened !== value) throw new Error('What was wrapped opens to another key');
}

/** The CMK as the vault names it: a KMIP server gives an identifier to what it makes. */
async function madeUnder(
  probes: Collection<DataKey>,
  _id: UUID,
): Promise<CustomerMasterKey | undefined> {
  const key = await probes.findOne({ _id });
  if (key === null) return undefined;
  const { provider, ...masterKey } = key.masterKey;
  const isBare = Object.keys(masterKey).length === 0;
  return {
    provider: provider as CustomerMasterKey['provider'],
    masterKey: isBare ? null : masterKey,
  };
}
