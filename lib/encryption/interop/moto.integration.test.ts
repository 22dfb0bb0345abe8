// The KMS provider `aws` on moto, a stand-in for AWS that is not ours, over TLS: PyMongo with libmongocrypt
// and this module share its keys. Skipped by name where Python or its package index cannot be had.
import { Binary, type ClientEncryption, type Document, type UUID } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureMoto, type Moto, startMoto } from '../../../peers/moto.ts';
import {
  ensurePymongo,
  type Pymongo,
  type PymongoParty,
  startPymongo,
} from '../../../peers/pymongo.ts';
import { type Certificates, makeCertificates } from '../testing/certificates.ts';
import { aws } from '../testing/clouds.ts';
import { startKmsEndpoint } from '../testing/kms-endpoint.ts';
import { deterministic, openSharedVault, random, type SharedVault } from './testing/key-vault.ts';
import { kmsAdministrator, type KmsAdministrator } from './testing/kms-administrator.ts';

const [hasMoto, hasPymongo] = [await ensureMoto(), await ensurePymongo()];

describe.runIf(hasMoto && hasPymongo)(
  "a key of moto's KMS, used by PyMongo and this module",
  () => {
    let certificates: Certificates;
    let moto: Moto;
    let administrator: KmsAdministrator;
    let pymongo: Pymongo;
    let vault: SharedVault;
    let theirs: PymongoParty;
    let ours: ClientEncryption;
    let cmk: string;
    beforeAll(async () => {
      certificates = await makeCertificates();
      [moto, pymongo] = await Promise.all([startMoto(certificates.serverFiles), startPymongo()]);
      const tls = { tlsCAFile: certificates.caFile };
      vault = await openSharedVault(pymongo, {
        kmsProviders: {
          aws: aws.credentials,
          'aws:ward': aws.credentials,
          local: { key: Buffer.alloc(96, 3) },
        },
        tlsOptions: { aws: tls, 'aws:ward': tls },
      });
      administrator = kmsAdministrator(moto.address, certificates.ca);
      theirs = await vault.theirs();
      ours = vault.ours();
      cmk = await administrator.createKey();
    });
    afterAll(async () => {
      await vault.close();
      await pymongo.stop();
      await moto.stop();
      await certificates.remove();
    });

    const masterKey = (key = cmk): Document => ({
      key,
      region: aws.region,
      endpoint: moto.address,
    });

    /** By fresh clients, which must ask KMS, with the same deterministic ciphertext. */
    async function openedByBoth(keyId: UUID): Promise<boolean> {
      const options = { keyId, algorithm: deterministic } as const;
      const here = await vault.ours().encrypt('probe', options);
      const fresh = await vault.theirs();
      const there = await fresh.encrypt('probe', options);
      const read: unknown = await vault.ours().decrypt(there);
      const readThere = await fresh.decrypt(here);
      await fresh.close();
      const same = here.toString('hex') === there.toString('hex');
      return same && read === 'probe' && readThere === 'probe';
    }

    it('what PyMongo makes both open', async () => {
      expect(
        await openedByBoth(await theirs.createDataKey('aws', { masterKey: masterKey() })),
      ).toBe(true);
      expect(
        await openedByBoth(await theirs.createDataKey('aws:ward', { masterKey: masterKey() })),
      ).toBe(true);
    });

    it('what this module makes both open', async () => {
      expect(await openedByBoth(await ours.createDataKey('aws', { masterKey: masterKey() }))).toBe(
        true,
      );
      expect(
        await openedByBoth(await ours.createDataKey('aws:ward', { masterKey: masterKey() })),
      ).toBe(true);
    });

    it('an alias names the key as well as its ARN', async () => {
      const AliasName = 'alias/clinic';
      await administrator.act('CreateAlias', { AliasName, TargetKeyId: cmk });
      expect(
        await openedByBoth(await ours.createDataKey('aws', { masterKey: masterKey(AliasName) })),
      ).toBe(true);
      expect(
        await openedByBoth(await theirs.createDataKey('aws', { masterKey: masterKey(AliasName) })),
      ).toBe(true);
    });

    it('each rewraps what the other made: from local, to another key, and back', async () => {
      const second = await administrator.createKey();
      const [here, there] = [
        await ours.createDataKey('local'),
        await theirs.createDataKey('local'),
      ];
      const steps: [string, Document | undefined][] = [
        ['aws', masterKey()],
        ['aws:ward', masterKey(second)],
        ['local', undefined],
      ];
      for (const [provider, key] of steps) {
        expect(await theirs.rewrap({ _id: here }, provider, key)).toBe(1);
        const options = { provider: provider as 'aws', ...(key && { masterKey: key }) };
        const result = await ours.rewrapManyDataKey({ _id: there }, options);
        expect(result.bulkWriteResult?.modifiedCount).toBe(1);
        for (const keyId of [here, there]) {
          expect(await openedByBoth(keyId)).toBe(true);
          expect((await ours.getKey(keyId))?.masterKey).toEqual({ provider, ...key });
        }
      }
    });

    it('rewrapping without a provider keeps the key and changes the key material', async () => {
      const keyId = await theirs.createDataKey('aws', { masterKey: masterKey() });
      const before = await ours.getKey(keyId);
      await ours.rewrapManyDataKey({ _id: keyId });
      const after = await ours.getKey(keyId);
      expect(after?.masterKey).toEqual(before?.masterKey);
      expect(after?.keyMaterial.toString('hex')).not.toBe(before?.keyMaterial.toString('hex'));
      expect(await openedByBoth(keyId)).toBe(true);
    });

    describe('refusals', () => {
      const unknown = 'arn:aws:kms:us-east-1:123456789012:key/00000000-0000-0000-0000-000000000000';
      const refused = (words: RegExp): object =>
        expect.objectContaining({ message: expect.stringMatching(words) as string }) as object;

      it('of a key that does not exist carry status and words of KMS', async () => {
        const options = { masterKey: masterKey(unknown) };
        await expect(ours.createDataKey('aws', options)).rejects.toEqual(
          refused(/KMS provider `aws` .*HTTP status 400.*NotFoundException.*00000000-0000/s),
        );
        await expect(theirs.createDataKey('aws', options)).rejects.toEqual(
          refused(/HTTP status=400.*NotFoundException/s),
        );
      });

      // moto itself goes on using a disabled key, so this answer is ours, in the words of AWS.
      it('of a key that is disabled carry them too, for what the other made', async () => {
        const message = `${cmk} is disabled.`;
        const disabled = await startKmsEndpoint(certificates, () => ({
          status: 400,
          body: { __type: 'DisabledException', message },
        }));
        const [here, there] = [
          await ours.createDataKey('aws', { masterKey: masterKey() }),
          await theirs.createDataKey('aws', { masterKey: masterKey() }),
        ];
        const endpoint = { $set: { 'masterKey.endpoint': disabled.address } };
        await vault.keys.updateMany({ _id: { $in: [here, there] as never[] } }, endpoint);
        await expect(ours.encrypt('x', { keyId: there, algorithm: random })).rejects.toEqual(
          refused(/KMS provider `aws` .*HTTP status 400.*DisabledException.* is disabled/s),
        );
        await expect(theirs.encrypt('x', { keyId: here, algorithm: random })).rejects.toEqual(
          refused(/HTTP status=400.*DisabledException/s),
        );
        await disabled.close();
      });

      it('of key material that KMS did not write come from KMS', async () => {
        const keyId = await theirs.createDataKey('aws', { masterKey: masterKey() });
        const filter = { _id: keyId as never };
        const stored = await vault.keys.findOne(filter);
        const keyMaterial = Buffer.from((stored?.['keyMaterial'] as Binary).value());
        keyMaterial.writeUInt8(
          keyMaterial.readUInt8(keyMaterial.length - 1) ^ 1,
          keyMaterial.length - 1,
        );
        await vault.keys.updateOne(filter, { $set: { keyMaterial } });
        const options = { keyId, algorithm: random } as const;
        const words = /InvalidCiphertextException/;
        await expect(vault.ours().encrypt('x', options)).rejects.toThrow(words);
        await expect(theirs.encrypt('x', options)).rejects.toThrow(words);
      });
      it('come for every data key once the master key is gone', async () => {
        const [here, there] = [
          await ours.createDataKey('aws', { masterKey: masterKey() }),
          await theirs.createDataKey('aws', { masterKey: masterKey() }),
        ];
        await administrator.forgetEverything();
        const words = /HTTP status.*400.*(NotFoundException|AccessDeniedException)/s;
        const opening = vault.ours().encrypt('x', { keyId: there, algorithm: random });
        await expect(opening).rejects.toEqual(refused(words));
        const fresh = await vault.theirs();
        const openingThere = fresh.encrypt('x', { keyId: here, algorithm: random });
        await expect(openingThere).rejects.toEqual(refused(words));
      });
    });
  },
);
