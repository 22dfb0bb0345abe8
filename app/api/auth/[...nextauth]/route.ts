// Sign-in and sign-out requests; everything is decided in lib/auth.
import NextAuth from 'next-auth';
import { authOptions } from '@/lib/auth';

const handler = NextAuth(authOptions) as (request: Request) => Promise<Response>;

export { handler as GET, handler as POST };
