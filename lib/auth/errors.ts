// The sign-in layer's one error.

export type AuthErrorCode = 'SIGNED_OUT' | 'FORBIDDEN';

/** Thrown when nobody is signed in, or when the signed-in person's role lacks a permission. */
export class AuthError extends Error {
  override readonly name = 'AuthError';
  readonly code: AuthErrorCode;

  constructor(code: AuthErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
