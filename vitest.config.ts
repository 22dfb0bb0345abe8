import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const root = fileURLToPath(new URL('.', import.meta.url));

/** What holds of the driver with this module and with the official addon alike: no analysis is needed. */
const withEitherModule = [
  'lib/encryption/{loaded-module,client-encryption}.integration.test.ts',
  'lib/encryption/kms/{clouds,kmip}.integration.test.ts',
  'lib/encryption/prose/{01,13,16}-*.prose.test.ts',
];

/** Both modules in one process; the server does not matter. */
const nativeInterop = 'lib/encryption/interop/native*.integration.test.ts';

export default defineConfig({
  resolve: {
    alias: [
      // `server-only` throws outside React's server condition; in tests it has nothing to guard.
      { find: /^server-only$/, replacement: `${root}node_modules/server-only/empty.js` },
      { find: /^@\//, replacement: root },
    ],
  },
  test: {
    // Vitest leaves one processor free, which on two of them means one test file at a time.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // What a failure says is all that the summary of a run shows of it.
    chaiConfig: { truncateThreshold: 400 },
    testTimeout: 30_000,
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['{app,components,lib,schemas,cli,peers,bench}/**/*.test.{ts,tsx}'],
          exclude: ['**/node_modules/**', '**/dist/**', '**/*.{integration,prose,keys}.test.ts'],
        },
      },
      {
        // Needs a server: TEST_SERVER_URI, or an embedded one started for the run.
        extends: true,
        test: {
          name: 'integration',
          globalSetup: ['lib/testing/global-setup.ts'],
          include: ['{lib,cli}/**/*.{integration,prose}.test.ts'],
          exclude: ['**/node_modules/**', '**/dist/**', nativeInterop],
        },
      },
      {
        // Keys in production: real KMIP servers, moto, clouds' endpoints, processes that are killed. Once is enough.
        extends: true,
        test: {
          name: 'keys',
          globalSetup: ['lib/testing/global-setup.ts'],
          include: ['{lib,cli,bench}/**/*.keys.test.ts'],
        },
      },
      {
        // The driver with the official native addon in this module's place, and both side by side.
        // `npm test -- integration-native` makes the copy of the driver that the alias names.
        extends: true,
        resolve: {
          alias: [
            {
              find: /^mongodb$/,
              replacement: `${root}node_modules/.native-driver/node_modules/mongodb/lib/index.js`,
            },
          ],
        },
        test: {
          name: 'integration-native',
          env: { ENCRYPTION_MODULE: 'native' },
          globalSetup: ['lib/testing/global-setup.ts'],
          include: [nativeInterop, ...withEitherModule],
        },
      },
    ],
  },
});
