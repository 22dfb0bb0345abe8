// Each cloud's own words for what goes wrong, as the clouds document them, and what is made of them.
import { describe, expect, it } from 'vitest';
import { explainRefusal, permissionOf, providerKind, type RefusalReason } from './kms-refusal';

const answered = (provider: string, status: number, said: string): Error =>
  new Error(`KMS provider \`${provider}\` answered with HTTP status ${String(status)}: ${said}`);

const cases: [string, RefusalReason, number, string][] = [
  [
    'aws',
    'permission',
    400,
    'AccessDeniedException, User: arn:aws:iam::1:user/c is not authorized to perform: kms:Decrypt on resource: arn:aws:kms:r:1:key/k because no identity-based policy allows the kms:Decrypt action',
  ],
  ['aws', 'disabled', 400, 'DisabledException, arn:aws:kms:r:1:key/k is disabled.'],
  ['aws', 'disabled', 400, 'KMSInvalidStateException, arn:aws:kms:r:1:key/k is pending deletion.'],
  [
    'aws',
    'expired',
    400,
    'ExpiredTokenException, The security token included in the request is expired',
  ],
  ['aws', 'region', 400, 'NotFoundException, Invalid arn eu-west-1'],
  ['aws', 'missing', 400, 'NotFoundException, Alias arn:aws:kms:r:1:alias/a is not found.'],
  [
    'azure',
    'permission',
    403,
    "Forbidden, Caller is not authorized to perform action on resource. Action: 'Microsoft.KeyVault/vaults/keys/unwrap/action' Resource: '/subscriptions/s'",
  ],
  [
    'azure',
    'permission',
    403,
    "Forbidden, The user, group or application 'appid=a' does not have keys wrapKey permission on key vault 'v;location=westeurope'.",
  ],
  ['azure', 'disabled', 403, 'Forbidden, Operation wrapKey is not allowed on a disabled key.'],
  [
    'azure',
    'unreachable',
    403,
    'Forbidden, Client address is not authorized and caller is not a trusted service.',
  ],
  [
    'azure',
    'missing',
    404,
    'KeyNotFound, A key with (name/id) master was not found in this key vault.',
  ],
  ['azure', 'credentials', 401, 'Unauthorized, AKV10032: Invalid issuer.'],
  ['azure', 'credentials', 401, 'invalid_client, AADSTS7000215: Invalid client secret provided.'],
  [
    'azure',
    'expired',
    401,
    "invalid_client, AADSTS7000222: The provided client secret keys for app 'a' are expired.",
  ],
  ['azure', 'credentials', 400, "invalid_request, AADSTS90002: Tenant 't' not found."],
  [
    'gcp',
    'permission',
    403,
    "PERMISSION_DENIED, Permission 'cloudkms.cryptoKeyVersions.useToDecrypt' denied on resource 'projects/p/locations/l/keyRings/r/cryptoKeys/k' (or it may not exist).",
  ],
  [
    'gcp',
    'disabled',
    400,
    'FAILED_PRECONDITION, projects/p/locations/l/keyRings/r/cryptoKeys/k/cryptoKeyVersions/1 is not enabled, current state is: DISABLED.',
  ],
  [
    'gcp',
    'missing',
    404,
    'NOT_FOUND, CryptoKey projects/p/locations/l/keyRings/r/cryptoKeys/k not found.',
  ],
  ['gcp', 'credentials', 400, 'invalid_grant, Invalid JWT Signature.'],
  ['gcp', 'credentials', 400, 'invalid_grant, Invalid grant: account not found'],
  [
    'kmip',
    'missing',
    200,
    'refused with KMIP reason 1 (Item Not Found): Could not locate object: 7',
  ],
  ['kmip', 'permission', 200, 'refused with KMIP reason 12 (Permission Denied)'],
  ['kmip', 'disabled', 200, 'refused with KMIP reason 11 (Illegal Operation)'],
];

describe('a refusal of a KMS', () => {
  it.each(cases)('of %s is %s: HTTP %d %s', (provider, reason, status, said) => {
    const where = { provider, name: permissionOf(provider, 'wrap'), resource: 'the CMK' };
    const found = explainRefusal(answered(provider, status, said), where);
    expect(found.reason).toBe(reason);
    expect(found.problem).toContain(`HTTP status ${String(status)}`);
    expect(found.problem).toContain(said);
  });

  it('names the permission that the provider names, not the one of the step', () => {
    const [, , , said = ''] = cases.find(([provider]) => provider === 'gcp') ?? [];
    const where = { provider: 'gcp', name: permissionOf('gcp', 'wrap'), resource: 'k' };
    expect(explainRefusal(answered('gcp', 403, said), where).problem).toMatch(
      /^A permission is missing: `cloudkms\.cryptoKeyVersions\.useToDecrypt` on k /,
    );
  });

  it('names the permission of the step where the provider names none', () => {
    const where = { provider: 'azure', name: permissionOf('azure', 'unwrap'), resource: 'k' };
    expect(explainRefusal(answered('azure', 403, 'Forbidden'), where).problem).toMatch(
      /^A permission is missing: `Microsoft\.KeyVault\/vaults\/keys\/unwrap\/action` on k /,
    );
  });

  const network = (code: string, message: string): Error =>
    new Error('KMS request failed', { cause: Object.assign(new Error(message), { code }) });

  it.each<[string, string, RefusalReason]>([
    ['ECONNREFUSED', 'connect ECONNREFUSED 127.0.0.1:5696', 'unreachable'],
    ['ENOTFOUND', 'getaddrinfo ENOTFOUND kmip.example', 'unreachable'],
    ['CERT_HAS_EXPIRED', 'certificate has expired', 'certificate'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'self-signed certificate in certificate chain', 'certificate'],
    [
      'ERR_TLS_CERT_ALTNAME_INVALID',
      "Hostname/IP does not match certificate's altnames",
      'certificate',
    ],
  ])('%s of the network is found below the error of the driver', (code, message, reason) => {
    for (const provider of ['aws', 'azure', 'gcp', 'kmip', 'kmip:next']) {
      const found = explainRefusal(network(code, message), {
        provider,
        name: 'wrap',
        resource: 'k',
      });
      expect(found.reason).toBe(reason);
      expect(found.problem).toContain(message);
    }
  });

  it('of the client certificate is found in the words of OpenSSL, without their frame', () => {
    const error = network(
      'ERR_SSL_TLSV1_ALERT_DECRYPT_ERROR',
      '809C:error:0A00041B:SSL routines:ssl3_read_bytes:tlsv1 alert decrypt error:../record/rec_layer_s3.c:1601:SSL alert number 51\n',
    );
    const { reason, problem } = explainRefusal(error, { provider: 'kmip', name: '', resource: '' });
    expect(reason).toBe('certificate');
    expect(problem).toContain('The KMS refused the client certificate');
    expect(problem).toContain('(KMS request failed, tlsv1 alert decrypt error');
    expect(problem).not.toContain('rec_layer');
  });

  it('of one address of several stands for all', () => {
    const cause = new AggregateError([new Error('connect ECONNREFUSED ::1:443')]);
    const error = new Error('KMS request failed', { cause });
    const where = { provider: 'gcp', name: 'wrap', resource: 'k' };
    expect(explainRefusal(error, where).reason).toBe('unreachable');
  });

  it('that nobody knows is told in its own words, on one line and not without end', () => {
    const error = new Error(`first\r\n\u001b[31msecond ${'x'.repeat(5000)}`);
    const { reason, problem } = explainRefusal(error, {
      provider: 'kmip',
      name: 'wrap',
      resource: '',
    });
    expect(reason).toBe('other');
    expect(problem).toMatch(/^first \[31msecond x+$/);
    expect(problem.length).toBeLessThan(1000);
  });

  it('of a thing that is no error has no words', () => {
    const where = { provider: 'kmip', name: 'wrap', resource: '' };
    expect(explainRefusal('secret', where).problem).toBe('it gave no reason');
  });

  it('of a provider with a name is one of its kind', () => {
    expect(providerKind('aws:eu')).toBe('aws');
    expect(permissionOf('aws:eu', 'unwrap')).toBe('kms:Decrypt');
    expect(permissionOf('local:next', 'unwrap')).toBe('unwrap');
  });
});
