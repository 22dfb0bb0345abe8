// Vectors of AWS's published test suite for Signature Version 4; origin in SOURCES.md. Those that are a
// POST without a query, which is all that a KMS is sent.
import { describe, expect, it } from 'vitest';
import { amzDate, authorization } from '../kms/sigv4.ts';
import vectors from './sigv4.json' with { type: 'json' };

const { credentials, region, service, scope, requests } = vectors;
const date = new Date(vectors.date);

describe('Signature Version 4', () => {
  it.each(requests)('signs $name as published', ({ headers, body, signedHeaders, signature }) => {
    const all = [
      ['Host', 'example.amazonaws.com'] as const,
      ['X-Amz-Date', amzDate(date)] as const,
      ...headers.map(([name = '', value = '']) => [name, value] as const),
    ];
    const value = authorization({
      credentials,
      region,
      service,
      path: '/',
      headers: all,
      body,
      date,
    });
    expect(value).toBe(
      `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=${signedHeaders}, Signature=${signature}`,
    );
  });
});
