import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { ObjectId } from 'mongodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openTestClinic, type TestClinic } from '@/lib/data/testing/clinic';
import { env } from '@/lib/env';
import { auditEvents } from './append';
import { patientPseudonym, searchedDigest } from './pseudonyms';
import { recordEvent } from './record-event';
import { verifyChain } from './verify';

let clinic: TestClinic;

/** What this process remembers of the chain; nothing in a new one. */
const memory: { medcomdAuditChain?: unknown } = globalThis as object;

const PATIENT = 'a'.repeat(24);

/** Ten events after the first one. */
async function tenEvents(): Promise<void> {
  for (let at = 0; at < 10; at += 1) await event();
}

function event(reason = 'why'): Promise<void> {
  const { userId, role, sessionId } = clinic.staff.doctor;
  return recordEvent({
    ...{ action: 'read-record', outcome: 'ok', userId, role, session: sessionId, reason },
    ...{ patientIds: [PATIENT], fields: ['ssn'], searched: { kind: 'ssn', text: '900-01-0012' } },
  });
}

const bad = async () => (await verifyChain()).bad;

beforeAll(async () => {
  clinic = await openTestClinic();
});
afterAll(() => clinic.close());
beforeEach(async () => {
  await auditEvents().deleteMany({});
  rmSync(env().auditHeadFile, { force: true });
  delete memory.medcomdAuditChain;
  await tenEvents();
});

describe('the chain of the audit log', () => {
  it('is intact as it was written', async () => {
    expect(await verifyChain()).toEqual({ verified: 11, bad: null, headReplacedAt: [] });
  });
  it.each([
    ['an outcome', { outcome: 'denied' }],
    ['a time', { time: new Date(0) }],
    ['a user', { userId: 'f'.repeat(24) }],
    ['a reason', { reason: 'another' }],
    ['the patients', { patients: [] }],
    ['what was searched', { searched: { kind: 'ssn', digest: '0'.repeat(64) } }],
  ])('names the position where %s was changed', async (_what, change) => {
    await auditEvents().updateOne({ seq: 5 }, { $set: change as object });
    expect(await bad()).toEqual({ position: 5, problem: 'changed' });
  });
  it('names the position where a field was added', async () => {
    await auditEvents().updateOne({ seq: 5 }, { $set: { remark: 'none' } as object });
    expect(await bad()).toEqual({ position: 5, problem: 'field-added' });
  });
  it('names the position of a deleted event', async () => {
    await auditEvents().deleteOne({ seq: 7 });
    expect(await bad()).toEqual({ position: 7, problem: 'missing' });
  });
  it('names the first position of two that were exchanged', async () => {
    await auditEvents().updateOne({ seq: 4 }, { $set: { seq: 1000 } });
    await auditEvents().updateOne({ seq: 5 }, { $set: { seq: 4 } });
    await auditEvents().updateOne({ seq: 1000 }, { $set: { seq: 5 } });
    expect(await bad()).toEqual({ position: 4, problem: 'changed' });
  });
  it('names where the last events were cut off', async () => {
    await auditEvents().deleteMany({ seq: { $gt: 8 } });
    const problem = 'cut-off';
    expect(await bad()).toEqual({ position: 9, problem });
  });
  it('still names it when the log has grown since', async () => {
    await auditEvents().deleteMany({ seq: { $gt: 8 } });
    delete memory.medcomdAuditChain;
    await tenEvents();
    expect(await bad()).toEqual({ position: 9, problem: 'missing' });
  });
  it('names an event that somebody without the key put at the end', async () => {
    const last = await auditEvents().findOne({ seq: 11 });
    if (last === null) throw new Error('Expected event 11');
    const forged = { ...last, _id: new ObjectId(), seq: 12, previous: last.hash };
    await auditEvents().insertOne(forged);
    expect(await bad()).toEqual({ position: 12, problem: 'changed' });
  });
  it('names an event that has no position', async () => {
    await auditEvents().insertOne({ action: 'sign-in' } as never);
    expect(await bad()).toMatchObject({ problem: 'no-event' });
  });
  it('is not trusted without its head, nor with a head that somebody else wrote', async () => {
    const file = env().auditHeadFile;
    const head = readFileSync(file, 'utf8');
    writeFileSync(file, head.replace('"seq":11', '"seq":10'));
    expect(await bad()).toMatchObject({
      problem: 'forged-head',
    });
    rmSync(file);
    expect(await bad()).toMatchObject({ problem: 'no-head' });
  });
  it('says where a head that was gone was made anew', async () => {
    rmSync(env().auditHeadFile);
    delete memory.medcomdAuditChain;
    await event();
    expect(await verifyChain()).toEqual({ verified: 13, bad: null, headReplacedAt: [12] });
  });
  it('a crash between an event and its head is no false alarm', async () => {
    const head = readFileSync(env().auditHeadFile, 'utf8');
    await event();
    writeFileSync(env().auditHeadFile, head);
    expect(await bad()).toBeNull();
    delete memory.medcomdAuditChain;
    await event();
    expect(await verifyChain()).toMatchObject({ verified: 13, bad: null });
  });
  it('has one position for each of many events at once', async () => {
    await Promise.all(Array.from({ length: 60 }, () => event()));
    expect(await verifyChain()).toMatchObject({ verified: 71, bad: null });
  });
  it('is begun once by two processes that come at the same time, and neither loses its event', async () => {
    await auditEvents().deleteMany({});
    rmSync(env().auditHeadFile);
    delete memory.medcomdAuditChain;
    const one = event();
    delete memory.medcomdAuditChain;
    await Promise.all([one, event()]);
    expect(await verifyChain()).toEqual({ verified: 3, bad: null, headReplacedAt: [] });
  });
  it('goes on after another process has appended', async () => {
    const known = memory.medcomdAuditChain;
    delete memory.medcomdAuditChain;
    await event();
    memory.medcomdAuditChain = known;
    await event();
    expect(await verifyChain()).toMatchObject({ verified: 13, bad: null });
  });
  it('no control character in an input makes or splits an event', async () => {
    const evil = 'a"],"x":[\r\n{"seq":99}\u001b[2J\u2028';
    await event(evil);
    expect(await verifyChain()).toMatchObject({ verified: 12, bad: null });
    expect(await auditEvents().findOne({ seq: 12 })).toMatchObject({ reason: evil });
  });
  it('holds neither record numbers nor what was searched', async () => {
    const text = JSON.stringify(await auditEvents().find().toArray());
    expect(text).not.toMatch(/900-?01-?0012/);
    expect(text).not.toContain(PATIENT);
    expect(text).toContain(patientPseudonym(PATIENT));
    expect(text).toContain(searchedDigest('ssn', '900010012').digest);
  });
});
