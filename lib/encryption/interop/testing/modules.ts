// Test support: this module and the official native addon, side by side in one process, behind the
// contract that both publish.
import { createRequire } from 'node:module';
import { serialize, type Document } from 'bson';
import { ensureNativeAddon } from '../../../../peers/native-addon.ts';
import { PeersUnavailableError } from '../../../../peers/peers.ts';
import { MongoCrypt, type MongoCryptContext, type MongoCryptOptions } from '../../index.ts';

/** What a test needs of a `MongoCrypt`: the methods that make contexts. */
export type Engine = Pick<
  MongoCrypt,
  | 'makeEncryptionContext'
  | 'makeExplicitEncryptionContext'
  | 'makeDecryptionContext'
  | 'makeExplicitDecryptionContext'
  | 'makeDataKeyContext'
  | 'makeRewrapManyDataKeyContext'
>;
export type EngineContext = Pick<MongoCryptContext, keyof MongoCryptContext>;

interface EncryptionModule {
  readonly MongoCrypt: (new (options: MongoCryptOptions) => Engine) & {
    readonly libmongocryptVersion: string;
  };
}

/** The addon, built if need be, or undefined where it cannot be had. */
export async function loadNative(): Promise<EncryptionModule | undefined> {
  try {
    const folder = await ensureNativeAddon();
    const loaded: unknown = createRequire(import.meta.url)(folder);
    return loaded as EncryptionModule;
  } catch (error) {
    if (error instanceof PeersUnavailableError) return undefined;
    throw error;
  }
}

const native = await loadNative();

/** False where the addon cannot be had: every test that needs it is then skipped by name. */
export const nativeIsThere = native !== undefined;

/** `ours` or `native`; the name is for titles of tests. */
export type Side = 'ours' | 'native';
export const sides: readonly Side[] = ['ours', 'native'];

export const otherSide = (side: Side): Side => (side === 'ours' ? 'native' : 'ours');

/** The class of a side. Throws where the addon is not there: such a test must be skipped. */
export function moduleOf(side: Side): EncryptionModule {
  const found = side === 'ours' ? { MongoCrypt } : native;
  if (!found) throw new Error('Expected the native addon');
  return found;
}

export const masterKey = Buffer.alloc(96, 7);
const local = { local: { key: masterKey } };

export interface EngineOptions {
  readonly kmsProviders?: Document;
  readonly schemaMap?: Document;
  readonly bypassQueryAnalysis?: boolean;
}

/** A new engine of a side; without options it has the local provider only. */
export function engineOf(side: Side, options: EngineOptions = {}): Engine {
  const { kmsProviders = local, schemaMap, bypassQueryAnalysis } = options;
  return new (moduleOf(side).MongoCrypt)({
    kmsProviders: serialize(kmsProviders),
    errorWrapper: (error) => error,
    ...(schemaMap && { schemaMap: serialize(schemaMap) }),
    ...(bypassQueryAnalysis && { bypassQueryAnalysis }),
  });
}

/**
 * One engine of each side, with the same options, made when a test first asks: a suite that is skipped
 * makes none.
 */
export function bothEngines(options: EngineOptions = {}): (side: Side) => Engine {
  const made = new Map<Side, Engine>();
  return (side) => {
    const engine = made.get(side) ?? engineOf(side, options);
    made.set(side, engine);
    return engine;
  };
}
