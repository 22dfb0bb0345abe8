import { resolve } from 'node:path';

/** @type {import('next').NextConfig} */
const config = {
  poweredByHeader: false,
  typescript: { ignoreBuildErrors: true },
  // The packages are those of the whole project.
  turbopack: { root: resolve(import.meta.dirname, '../..') },
};

export default config;
