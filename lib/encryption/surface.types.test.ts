// Pins the types: this module's declarations against those that mongodb-client-encryption 7.2.1
// publishes, and against the driver's own source, which is their one user. Knows no behaviour.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import ts from 'typescript';
import { afterAll, describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
const driver = join(root, 'node_modules/mongodb/src');
const folder = mkdtempSync(join(tmpdir(), 'medco-types-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Unpacks the published package, without its scripts; undefined where no registry is reachable. */
function unpackOfficial(): string | undefined {
  try {
    const options = ['--silent', '--prefer-offline', '--pack-destination', folder];
    const pack = ['pack', 'mongodb-client-encryption@7.2.1', ...options];
    const archive = execFileSync('npm', pack, { cwd: folder, encoding: 'utf8', timeout: 60_000 });
    execFileSync('tar', ['xzf', archive.trim()], { cwd: folder });
    return join(folder, 'package/lib/index.d.ts');
  } catch {
    return undefined;
  }
}

/** The driver's own options, as far as they decide what is an error. */
function check(files: Record<string, string>, more: string[], paths: Record<string, string[]>) {
  const rootNames = Object.entries(files).map(([name, text]) => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  });
  return ts.createProgram([...rootNames, ...more], {
    target: ts.ScriptTarget.ES2023,
    lib: ['lib.es2023.d.ts'],
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    strict: true,
    useUnknownInCatchVariables: false,
    allowImportingTsExtensions: true,
    skipLibCheck: true,
    noEmit: true,
    types: ['node'],
    typeRoots: [join(root, 'node_modules/@types')],
    paths,
  });
}

const ours = [join(import.meta.dirname, 'index.ts')];

function problems(program: ts.Program, path: string): string[] {
  const file = program.getSourceFile(path);
  if (!file) throw new Error(`${path} is not part of the program`);
  return [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)].map(
    ({ messageText, start = 0 }) => {
      const line = file.getLineAndCharacterOfPosition(start).line + 1;
      return `line ${line}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
    },
  );
}

function exportedNames(program: ts.Program, path: string): string[] {
  const checker = program.getTypeChecker();
  const file = program.getSourceFile(path);
  const symbol = file && checker.getSymbolAtLocation(file);
  if (!symbol) throw new Error(`${path} is no module`);
  return checker.getExportsOfModule(symbol).map(({ name }) => name);
}

/**
 * Private members make classes nominal in TypeScript, so the shapes are compared: public members
 * only, at every depth.
 */
const shapes = `
export type Shape<T> = T extends Uint8Array | Error ? T
  : T extends (...args: infer A) => infer R ? (...args: A) => Shape<R>
  : T extends object ? { [K in keyof T]: Shape<T[K]> }
  : T;
export type Equal<A, B> =
  (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true : false;
export declare function same<_Same extends true>(): void;
`;

const agreement = `
import * as official from 'official';
import * as ours from 'mongodb-client-encryption';
import type { Equal, Shape } from './shapes.ts';
import { same } from './shapes.ts';

same<Equal<ours.MongoCryptOptions, official.MongoCryptOptions>>();
same<Equal<ours.MongoCryptKMSRequest, official.MongoCryptKMSRequest>>();
same<Equal<ours.ExplicitEncryptionContextOptions, official.ExplicitEncryptionContextOptions>>();
same<Equal<typeof ours.cryptoCallbacks, typeof official.cryptoCallbacks>>();
same<Equal<ConstructorParameters<typeof ours.MongoCrypt>, ConstructorParameters<typeof official.MongoCrypt>>>();
same<Equal<keyof typeof ours.MongoCrypt, keyof typeof official.MongoCrypt>>();
same<Equal<keyof ours.MongoCrypt, keyof official.MongoCrypt>>();
same<Equal<keyof ours.MongoCryptContext, keyof official.MongoCryptContext>>();
same<Equal<Shape<ours.MongoCrypt>, Shape<official.MongoCrypt>>>();
same<Equal<Shape<ours.MongoCryptContext>, Shape<official.MongoCryptContext>>>();
same<Equal<Parameters<ours.MongoCrypt['makeExplicitEncryptionContext']>, Parameters<official.MongoCrypt['makeExplicitEncryptionContext']>>>();
same<Equal<Parameters<ours.MongoCrypt['makeDataKeyContext']>, Parameters<official.MongoCrypt['makeDataKeyContext']>>>();

// Assignable both ways, value by value.
declare const ourCrypt: ours.MongoCrypt;
declare const theirCrypt: official.MongoCrypt;
export const crypts: [Shape<official.MongoCrypt>, Shape<ours.MongoCrypt>] = [ourCrypt, theirCrypt];
declare const ourContext: ours.MongoCryptContext;
declare const theirContext: official.MongoCryptContext;
export const contexts: [Shape<official.MongoCryptContext>, Shape<ours.MongoCryptContext>] = [ourContext, theirContext];

// A context of either package can be wrapped by the other's class.
declare const wrap: ours.MongoCryptOptions['errorWrapper'];
export const wrapped = [new ours.MongoCryptContext(theirContext, wrap), new official.MongoCryptContext(ourContext, wrap)];
export const version: string = ours.MongoCrypt.libmongocryptVersion;

// The comparison can fail.
// @ts-expect-error
same<Equal<Shape<ours.MongoCryptContext>, Shape<Omit<official.MongoCryptContext, 'state'>>>>();
// @ts-expect-error
same<Equal<ours.MongoCryptOptions, official.MongoCryptOptions & { more?: string }>>();
// @ts-expect-error
same<Equal<typeof ours.cryptoCallbacks, Omit<typeof official.cryptoCallbacks, 'randomHook'>>>();
`;

const userCode = `
import { MongoCrypt, cryptoCallbacks, type MongoCryptKMSRequest, type MongoCryptOptions } from 'mongodb-client-encryption';
const options: MongoCryptOptions = {
  errorWrapper: (error) => error,
  kmsProviders: new Uint8Array(5),
  logger: (level: number, message: string) => console.log(level, message),
  keyExpirationMS: 0,
};
const crypt = new MongoCrypt(options);
const info: { version: bigint; versionStr: string } | null = crypt.cryptSharedLibVersionInfo;
const hooks: 'js' | 'native_openssl' | null = crypt.cryptoHooksProvider;
const { type, code, message } = crypt.status;
const context = crypt.makeExplicitEncryptionContext(new Uint8Array(5), { expressionMode: false, contentionFactor: 1n });
for (let request: MongoCryptKMSRequest | null; (request = context.nextKMSRequest()); ) {
  request.addResponse(Buffer.alloc(request.bytesNeeded));
  console.log(request.uSleep, request.kmsProvider, request.endpoint.length, request.message.length, request.fail(), request.status.message);
}
const random: number | Error = cryptoCallbacks.randomHook(Buffer.alloc(4), 4);
console.log(info?.version, hooks, type, code, message, random, context.finalize().length);
// @ts-expect-error: the error wrapper is not optional
new MongoCrypt({});
// @ts-expect-error: read only
crypt.cryptSharedLibVersionInfo = null;
`;

describe('the types of the driver', { timeout: 120_000 }, () => {
  const users = ['auto_encrypter', 'client_encryption', 'state_machine', 'errors'].map((name) =>
    join(driver, 'client-side-encryption', `${name}.ts`),
  );
  const stub = join(folder, 'stub.d.ts');
  writeFileSync(
    stub,
    `export declare class MongoCrypt {}\nexport declare class MongoCryptContext {}\n`,
  );

  it('fit: the driver’s source compiles with this module in the official one’s place', () => {
    const program = check({}, users, { 'mongodb-client-encryption': ours });
    expect(users.flatMap((path) => problems(program, path))).toEqual([]);
  });

  it('do not fit a package without them', () => {
    const program = check({}, users, { 'mongodb-client-encryption': [stub] });
    expect(users.flatMap((path) => problems(program, path)).length).toBeGreaterThan(10);
  });
});

const official = unpackOfficial() ?? '';

// Skipped by name where no registry is reachable.
describe.runIf(official !== '')(
  'the declarations of version 7.2.1 on the registry',
  { timeout: 120_000 },
  () => {
    it('are the same as these, in both directions', () => {
      const paths = { 'mongodb-client-encryption': ours, official: [official] };
      const files = { 'shapes.ts': shapes, 'agreement.ts': agreement, 'user.ts': userCode };
      const program = check(files, [], paths);
      const found = Object.keys(files).flatMap((name) => problems(program, join(folder, name)));
      expect(found).toEqual([]);
      const names = exportedNames(program, official);
      expect(names.length).toBeGreaterThan(4);
      expect(exportedNames(program, ours[0] ?? '').sort()).toEqual(names.sort());
    });
  },
);
