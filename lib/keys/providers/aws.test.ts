// Settings of an AWS CMK: what is needed, where the region comes from, what the driver is given.
import { describe, expect, it } from 'vitest';
import { platformCredentials } from '../aws/credentials';
import { PROVIDERS } from '.';

const { aws } = PROVIDERS;
const arn = 'arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555';
const situation = { chosen: true, production: true, dataDir: '/nowhere' };
const problems = (given: Record<string, string | undefined>, chosen = true) => [
  ...aws.problems(given, { ...situation, chosen }),
];

describe('settings of aws', () => {
  it('need the CMK, and its region unless the ARN names it', () => {
    expect(problems({})).toEqual([['KMS_AWS_KEY', 'is needed with this `KMS_PROVIDER`']]);
    expect(problems({ KMS_AWS_KEY: arn })).toEqual([]);
    expect(problems({ KMS_AWS_KEY: 'alias/clinic' })).toEqual([
      ['KMS_AWS_REGION', 'is needed unless `KMS_AWS_KEY` is an ARN'],
    ]);
    expect(problems({ KMS_AWS_KEY: 'alias/clinic', AWS_REGION: 'eu-west-1' })).toEqual([]);
  });

  it("are not asked for by AWS's own region alone", () => {
    expect(problems({ AWS_REGION: 'eu-west-1' }, false)).toEqual([]);
    expect(aws.configure({ AWS_REGION: 'eu-west-1' })).toBeNull();
  });

  it.each([
    [{ KMS_AWS_KEY: arn }, 'eu-west-1'],
    [{ KMS_AWS_KEY: arn, AWS_REGION: 'us-east-2' }, 'eu-west-1'],
    [{ KMS_AWS_KEY: arn, KMS_AWS_REGION: 'us-east-2' }, 'us-east-2'],
    [{ KMS_AWS_KEY: 'alias/clinic', AWS_REGION: 'us-east-2' }, 'us-east-2'],
  ])('%o mean the region %s', (given, region) => {
    const [cmk] = aws.configure(given)?.masterKeys ?? [];
    expect(cmk).toEqual({ provider: 'aws', masterKey: { region, key: given.KMS_AWS_KEY } });
  });

  it('never hold credentials: those are found when a key needs them', () => {
    const configured = aws.configure({ KMS_AWS_KEY: arn });
    expect(configured?.kmsProviders).toEqual({ aws: {} });
    expect(configured?.credentialProviders?.aws).toBe(platformCredentials);
    expect(Object.keys(aws.settings).filter((name) => /SECRET|TOKEN|ACCESS/.test(name))).toEqual(
      [],
    );
  });

  it('lead to a private endpoint with an authority of its own', () => {
    const given = {
      KMS_AWS_KEY: arn,
      KMS_AWS_ENDPOINT: 'vpce-1.kms.eu-west-1.vpce.amazonaws.com',
      KMS_AWS_CA_FILE: '/nowhere/ca.pem',
    };
    expect(problems(given)).toEqual([['KMS_AWS_CA_FILE', 'expected a file, got none']]);
    expect(aws.configure(given)).toMatchObject({
      tlsOptions: { aws: { tlsCAFile: '/nowhere/ca.pem' } },
      masterKeys: [{ masterKey: { endpoint: 'vpce-1.kms.eu-west-1.vpce.amazonaws.com' } }],
    });
    expect(aws.settings['KMS_AWS_ENDPOINT']?.safeParse('https://kms').success).toBe(false);
  });
});
