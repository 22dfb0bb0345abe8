// Creating and checking a CMK with AWS's own client, at an endpoint that checks signatures and policies as AWS does.
import { CreateKeyCommand, type KMSClient } from '@aws-sdk/client-kms';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createAwsKms, type AwsKms, type Principal } from '../../encryption/testing/aws-kms.ts';
import { makeCertificates, type Certificates } from '../../encryption/testing/certificates.ts';
import { startKmsEndpoint, type KmsEndpoint } from '../../encryption/testing/kms-endpoint.ts';
import { checkAwsKey } from './checks';
import { createKmsClient } from './client';
import { createCmk } from './create-cmk';

const officer: Principal = {
  accessKeyId: 'AKIDOFFICER',
  secretAccessKey: 'made-up secret of the officer',
  arn: 'arn:aws:iam::111122223333:user/officer',
  actions: [
    'kms:CreateKey',
    'kms:TagResource',
    'kms:CreateAlias',
    'kms:DescribeKey',
    'kms:EnableKeyRotation',
    'kms:GetKeyRotationStatus',
    'kms:ListKeys',
    'kms:ListAliases',
    'kms:ListResourceTags',
  ],
};
const clinic: Principal = {
  accessKeyId: 'AKIDCLINIC',
  secretAccessKey: 'made-up secret of the clinic',
  arn: 'arn:aws:iam::111122223333:user/clinic',
  actions: ['kms:Encrypt', 'kms:Decrypt'],
};
const without = (principal: Principal, ...actions: string[]): Principal => ({
  ...principal,
  actions: principal.actions.filter((action) => !actions.includes(action)),
});

describe('a CMK at AWS', () => {
  let certificates: Certificates;
  let endpoint: KmsEndpoint;
  let kms: AwsKms;
  const clients: KMSClient[] = [];
  beforeAll(async () => {
    certificates = await makeCertificates();
    endpoint = await startKmsEndpoint(certificates, (request) => kms.answer(request));
  });
  beforeEach(() => {
    kms = createAwsKms([officer, clinic]);
  });
  afterAll(async () => {
    for (const client of clients) client.destroy();
    await endpoint.close();
    await certificates.remove();
  });

  function clientOf(principal: Principal, changes: object = {}): KMSClient {
    const { accessKeyId, secretAccessKey, sessionToken } = principal;
    const client = createKmsClient({
      region: kms.region,
      endpoint: endpoint.address,
      tls: { tlsCAFile: certificates.caFile },
      credentials: { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) },
      ...changes,
    });
    clients.push(client);
    return client;
  }

  function create(principal: Principal, changes: object = {}) {
    const steps: string[] = [];
    const onStep = (step: string): void => void steps.push(step);
    const request = { alias: 'clinic', rotation: true, onStep, ...changes };
    return { steps, created: createCmk(clientOf(principal), request) };
  }

  describe('is created', () => {
    it('with alias, tags and yearly rotation, as a symmetric key for encryption', async () => {
      const { created } = create(officer);
      const { arn } = await created;
      expect(await created).toEqual({ arn, alias: 'alias/clinic', rotates: true });
      expect(kms.aliases.get('alias/clinic')).toBe(arn);
      expect(kms.keys.get(arn)).toMatchObject({
        description: 'MedcoMD: wraps the data keys of the clinic',
        spec: 'SYMMETRIC_DEFAULT',
        usage: 'ENCRYPT_DECRYPT',
        rotates: true,
        tags: [
          { TagKey: 'application', TagValue: 'medcomd' },
          { TagKey: 'medcomd-alias', TagValue: 'alias/clinic' },
        ],
      });
    });

    it('once, however often it is asked for', async () => {
      const first = await create(officer).created;
      const { steps, created } = create(officer, { alias: 'alias/clinic' });
      expect(await created).toEqual(first);
      expect(kms.keys.size).toBe(1);
      expect(steps).toEqual([
        `alias/clinic is there already: ${first.arn}`,
        'Yearly rotation is on already',
      ]);
    });

    it.each([
      ['its alias', 'CreateAlias'],
      ['its rotation', 'EnableKeyRotation'],
    ])('to the end after it was cut short before %s', async (_, action) => {
      kms.principals[0] = without(officer, `kms:${action}`);
      await expect(create(officer).created).rejects.toThrow(`\`kms:${action}\``);
      kms.principals[0] = officer;
      const { arn, rotates } = await create(officer).created;
      expect(rotates).toBe(true);
      expect([...kms.keys.keys()]).toEqual([arn]);
    });

    it('without rotation if so wanted', async () => {
      const { arn } = await create(officer, { rotation: false }).created;
      expect(kms.keys.get(arn)?.rotates).toBe(false);
    });

    it('beside keys of others, whose tags it may not read', async () => {
      await clientOf(officer).send(new CreateKeyCommand({}));
      kms.principals[0] = without(officer, 'kms:ListResourceTags');
      const { steps, created } = create(officer);
      await created;
      expect(kms.keys.size).toBe(2);
      expect(steps[0]).toContain('`kms:ListResourceTags` is not permitted');
    });
  });

  describe('is not created', () => {
    it.each(['CreateKey', 'TagResource', 'CreateAlias', 'DescribeKey', 'EnableKeyRotation'])(
      'without kms:%s, which is named with who asked',
      async (action) => {
        kms.principals[0] = without(officer, `kms:${action}`);
        const refused = create(officer).created;
        await expect(refused).rejects.toThrow(`A permission is missing: \`kms:${action}\` on `);
        await expect(refused).rejects.toThrow('HTTP status 400: AccessDeniedException');
        await expect(refused).rejects.toThrow(officer.arn);
      },
    );

    it.each(['', 'alias/aws/clinic', 'two words', 'alias/ä'])('as `%s`', async (alias) => {
      await expect(create(officer, { alias }).created).rejects.toThrow(TypeError);
      expect(kms.actions).toEqual([]);
    });

    it('over a key of this alias that is not one for encryption', async () => {
      const { arn } = await create(officer).created;
      const key = kms.keys.get(arn);
      if (key) key.state = 'PendingDeletion';
      await expect(create(officer).created).rejects.toThrow(
        'to be an enabled symmetric key for encryption, got: PendingDeletion',
      );
    });
  });

  describe('is checked', () => {
    const check = (key: string, principal = clinic, changes: object = {}) =>
      checkAwsKey(clientOf(principal, changes), key);
    const outcomes = async (checks: ReturnType<typeof check>) =>
      (await checks).map(({ name, outcome }) => `${name} ${outcome}`);
    let arn: string;
    beforeEach(async () => {
      ({ arn } = await create(officer).created);
    });

    it('with the two permissions that the clinic has, by ARN and by alias', async () => {
      const expected = ['kms:DescribeKey skipped', 'kms:Encrypt passed', 'kms:Decrypt passed'];
      expect(await outcomes(check(arn))).toEqual(expected);
      expect(await outcomes(check('alias/clinic'))).toEqual(expected);
    });

    it.each(['Encrypt', 'Decrypt'])(
      'and a missing kms:%s is named with the key',
      async (action) => {
        kms.principals[1] = without(clinic, `kms:${action}`);
        const found = (await check(arn)).find(({ outcome }) => outcome === 'failed');
        expect(found).toMatchObject({ name: `kms:${action}`, reason: 'permission' });
        expect(found?.problem).toContain(`A permission is missing: \`kms:${action}\` on ${arn}`);
        expect(found?.problem).toContain(`User: ${clinic.arn} is not authorized`);
      },
    );

    it('and permissions on another key are none on this one', async () => {
      kms.principals[1] = { ...clinic, keys: [`${arn}0`] };
      expect(await outcomes(check(arn))).toContain('kms:Encrypt failed');
    });

    const reasons: [string, string, () => ReturnType<typeof check>][] = [
      ['disabled', 'DisabledException', () => (setState('Disabled'), check(arn))],
      ['disabled', 'KMSInvalidStateException', () => (setState('PendingDeletion'), check(arn))],
      ['missing', 'NotFoundException', () => check('alias/nobody')],
      ['region', 'Invalid arn eu-west-1', () => check(arn.replace('us-east-1', 'eu-west-1'))],
      [
        'credentials',
        'InvalidSignatureException',
        () => check(arn, { ...clinic, secretAccessKey: 'another' }),
      ],
      [
        'credentials',
        'UnrecognizedClientException',
        () => check(arn, { ...clinic, accessKeyId: 'AKIDNOBODY' }),
      ],
      ['credentials', 'InvalidSignature', () => check(arn, clinic, { region: 'eu-west-1' })],
      [
        'expired',
        'ExpiredTokenException',
        () => {
          const visitor = { ...clinic, accessKeyId: 'ASIA', sessionToken: 't', expired: true };
          kms.principals.push(visitor);
          return check(arn, visitor);
        },
      ],
      ['unreachable', 'ECONNREFUSED', () => check(arn, clinic, { endpoint: '127.0.0.1:9' })],
      ['certificate', 'trusted authority', () => check(arn, clinic, { tls: {} })],
    ];
    function setState(state: 'Disabled' | 'PendingDeletion'): void {
      const key = kms.keys.get(arn);
      if (key) key.state = state;
    }
    it.each(reasons)('and is found %s: %s', async (reason, words, run) => {
      const checks = await run();
      const failed = checks.find(({ name }) => name === 'kms:Encrypt');
      expect(failed).toMatchObject({ outcome: 'failed', reason });
      expect(failed?.problem).toContain(words);
      expect(JSON.stringify(checks)).not.toContain('made-up secret');
    });

    it('and one of another account is told apart', async () => {
      const foreign = arn.replace('111122223333', '444455556666');
      const failed = (await check(foreign)).find(({ outcome }) => outcome === 'failed');
      expect(failed).toMatchObject({ name: 'kms:Encrypt', reason: 'permission' });
      expect(failed?.problem).toContain(
        `\`kms:Encrypt\` on ${foreign}, which lies in another AWS account than who asks (HTTP`,
      );
    });

    it('and one that signs is found to be of no use', async () => {
      kms.principals[1] = { ...clinic, actions: [...clinic.actions, 'kms:DescribeKey'] };
      const signing = new CreateKeyCommand({ KeySpec: 'RSA_2048', KeyUsage: 'SIGN_VERIFY' });
      const { KeyMetadata } = await clientOf(officer).send(signing);
      const checks = await check(KeyMetadata?.Arn ?? '');
      expect(checks.map(({ name, outcome, reason }) => [name, outcome, reason])).toEqual([
        ['kms:DescribeKey', 'passed', null],
        ['state of the key', 'failed', 'usage'],
        ['kms:Encrypt', 'failed', 'usage'],
        ['kms:Decrypt', 'skipped', null],
      ]);
      expect(checks[1]?.problem).toContain('got SIGN_VERIFY, RSA_2048');
    });

    it('and the state is told even where the key still encrypts', async () => {
      kms.principals[1] = { ...clinic, actions: [...clinic.actions, 'kms:DescribeKey'] };
      setState('Disabled');
      const [, state] = await check(arn);
      expect(state).toMatchObject({ name: 'state of the key', outcome: 'failed' });
      expect(state?.problem).toContain('to be Enabled, got Disabled');
    });
  });
});
