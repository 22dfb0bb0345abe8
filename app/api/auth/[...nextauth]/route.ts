// Sign-in and sign-out requests; everything is decided in lib/auth.
export { handleAuth as GET, handleAuth as POST } from '@/lib/auth';
