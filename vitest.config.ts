import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const root = fileURLToPath(new URL('.', import.meta.url));

export default defineConfig({
  resolve: {
    alias: [
      // `server-only` throws outside React's server condition; in tests it has nothing to guard.
      { find: /^server-only$/, replacement: `${root}node_modules/server-only/empty.js` },
      { find: /^@\//, replacement: root },
    ],
  },
  test: {
    testTimeout: 30_000,
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['{app,components,lib,schemas,cli,peers,bench}/**/*.test.{ts,tsx}'],
          exclude: ['**/node_modules/**', '**/dist/**', '**/*.integration.test.ts'],
        },
      },
      {
        // Needs a server: TEST_SERVER_URI, or an embedded one started for the run.
        extends: true,
        test: {
          name: 'integration',
          globalSetup: ['lib/testing/global-setup.ts'],
          include: ['lib/**/*.integration.test.ts', 'cli/**/*.integration.test.ts'],
        },
      },
    ],
  },
});
