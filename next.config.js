/** @type {import('next').NextConfig} */
const config = {
  poweredByHeader: false,
  reactStrictMode: true,
  // The driver finds the encryption module by a plain Node `require` of its name; neither is bundled.
  serverExternalPackages: ['mongodb', 'mongodb-client-encryption', '@node-rs/argon2'],
};

export default config;
