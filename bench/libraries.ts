// Bench: what the libraries that were weighed for the screens (docs/decisions/screens.md) add to a page, each bundled alone
// from the names that the clinic would import, minified, without React, compressed. Fetches them into a temporary folder.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

interface Candidate {
  readonly purpose: string;
  readonly name: string;
  readonly version: string;
  /** A module that uses what the clinic would use. */
  readonly source: string;
}

const CANDIDATES: readonly Candidate[] = [
  {
    purpose: 'texts',
    name: 'use-intl',
    version: '4.14.7',
    source: "export { IntlProvider, useLocale, useTranslations } from 'use-intl';",
  },
  {
    purpose: 'texts',
    name: 'next-intl',
    version: '4.14.7',
    source: "export { NextIntlClientProvider, useLocale, useTranslations } from 'next-intl';",
  },
  {
    purpose: 'command palette',
    name: 'cmdk',
    version: '1.1.1',
    source: "export { Command } from 'cmdk';",
  },
  {
    purpose: 'command palette',
    name: 'react-aria-components',
    version: '1.22.1',
    source:
      "export { Autocomplete, Dialog, Input, Menu, MenuItem, Modal, SearchField } from 'react-aria-components';",
  },
  {
    purpose: 'dialogs and menus',
    name: '@radix-ui/react-dialog',
    version: '1.3.1',
    source:
      "export { Content, Overlay, Portal, Root, Title, Trigger } from '@radix-ui/react-dialog';",
  },
  {
    purpose: 'charts',
    name: 'recharts',
    version: '3.10.1',
    source:
      "export { Brush, CartesianGrid, Line, LineChart, ReferenceArea, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts';",
  },
  {
    purpose: 'charts',
    name: 'uplot',
    version: '1.6.32',
    source: "export { default } from 'uplot';",
  },
  {
    purpose: 'charts',
    name: '@visx/xychart',
    version: '4.0.0',
    source: "export { AnimatedLineSeries, Axis, Grid, Tooltip, XYChart } from '@visx/xychart';",
  },
  {
    purpose: 'tables',
    name: '@tanstack/react-table',
    version: '9.3.1',
    source: "export * from '@tanstack/react-table';",
  },
  {
    purpose: 'forms',
    name: 'react-hook-form',
    version: '7.92.0',
    source: "export { useForm } from 'react-hook-form';",
  },
  {
    purpose: 'forms',
    name: '@conform-to/react',
    version: '1.21.1',
    source: "export { getFormProps, getInputProps, useForm } from '@conform-to/react';",
  },
  {
    purpose: 'schemas',
    name: 'zod',
    version: '4.6.7',
    source: "export { z } from 'zod';",
  },
];

const folder = mkdtempSync(join(tmpdir(), 'medco-libraries-'));
try {
  // What next-intl asks for must be the release of use-intl that the clinic has.
  const overrides = { 'use-intl': '4.14.7', 'icu-minify': '4.14.8' };
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, overrides }));
  const names = CANDIDATES.map(({ name, version }) => `${name}@${version}`);
  const options = [
    '--no-save',
    '--ignore-scripts',
    '--legacy-peer-deps',
    '--no-audit',
    '--no-fund',
  ];
  execFileSync(
    'npm',
    [
      'install',
      ...options,
      'react@19',
      'react-dom@19',
      'react-is@19',
      '@react-spring/web@9',
      ...names,
    ],
    {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  );
  for (const { purpose, name, source } of CANDIDATES) {
    const { outputFiles } = await build({
      stdin: { contents: source, resolveDir: folder },
      bundle: true,
      minify: true,
      write: false,
      format: 'esm',
      platform: 'browser',
      define: { 'process.env.NODE_ENV': '"production"' },
      external: ['react', 'react-dom', 'react/jsx-runtime', 'next', 'next/*'],
    });
    const bytes = gzipSync(outputFiles[0]?.contents ?? new Uint8Array()).length;
    process.stdout.write(
      `${purpose.padEnd(20)}${name.padEnd(26)}${(bytes / 1000).toFixed(1).padStart(7)} kB\n`,
    );
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
