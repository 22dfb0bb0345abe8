// Headers that every response carries, static files included; proxy.ts adds the ones that vary.
const headers = [
  { key: 'X-Content-Type-Options', value: 'nosniff' },
  { key: 'X-Frame-Options', value: 'DENY' },
  { key: 'Referrer-Policy', value: 'no-referrer' },
  { key: 'Cross-Origin-Opener-Policy', value: 'same-origin' },
  { key: 'Cross-Origin-Resource-Policy', value: 'same-origin' },
  { key: 'Permissions-Policy', value: 'camera=(), microphone=(), geolocation=(), payment=()' },
];

/** @type {import('next').NextConfig} */
const config = {
  poweredByHeader: false,
  reactStrictMode: true,
  // `npm test` checks types, over the whole tree; a clinic must not fail to start for the type of a test.
  typescript: { ignoreBuildErrors: true },
  // The driver finds the encryption module by a plain Node `require` of its name; neither is bundled.
  serverExternalPackages: ['mongodb', 'mongodb-client-encryption', '@node-rs/argon2'],
  // In development Next would print the arguments of actions, which are what people type.
  logging: { serverFunctions: false },
  // A page of another role answers 403 with app/forbidden.tsx.
  experimental: { authInterrupts: true },
  headers: () => Promise.resolve([{ source: '/:path*', headers }]),
};

export default config;
