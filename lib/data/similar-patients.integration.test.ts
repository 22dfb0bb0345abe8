import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as data from '@/lib/data';
import { openTestClinic, registration, type TestClinic } from './testing/clinic';

let clinic: TestClinic;
let id: string;
const born = '1984-03-09';

beforeAll(async () => {
  clinic = await openTestClinic();
  ({ id } = await data.registerPatient(clinic.staff.doctor, registration(1)));
  await data.registerPatient(clinic.staff.doctor, {
    ...registration(2),
    name: 'Bruno Caldeira',
  });
});
afterAll(() => clinic.close());

describe.each(['doctor', 'receptionist'] as const)('before a %s registers somebody', (role) => {
  const similar = (name: string, dateOfBirth = born) =>
    data.findSimilarPatients(clinic.staff[role], { name, dateOfBirth });
  it('who has a name in common, in any spelling, and the birth date is found', async () => {
    expect(await similar('AGATA Oneill Smith')).toEqual([{ id, name: registration(1).name }]);
  });
  it('who is written a little differently is found too', async () => {
    expect(await similar('Bruna Kaldeira')).toMatchObject([{ name: 'Bruno Caldeira' }]);
  });
  it('who has only the birth date or only the name is not', async () => {
    expect(await similar('Agata Else')).toEqual([]);
    expect(await similar(registration(1).name, '1984-03-10')).toEqual([]);
  });
});

it('an officer finds nobody', async () => {
  const { officer } = clinic.staff;
  const person = { name: registration(1).name, dateOfBirth: born };
  await expect(data.findSimilarPatients(officer, person)).rejects.toMatchObject({
    code: 'FORBIDDEN',
  });
});

it('gender is kept if it was asked, and absent if not', async () => {
  const { receptionist } = clinic.staff;
  const { contact, name } = registration(1);
  const { id: asked } = await data.registerContact(receptionist, {
    name,
    contact: { ...contact, gender: 'other' },
    provider: 'MaestCare',
  });
  expect((await data.getPatientCard(receptionist, asked)).contact.gender).toBe('other');
  expect((await data.getPatientCard(receptionist, id)).contact).not.toHaveProperty('gender');
});

it('printing the slip needs the front desk’s permission', async () => {
  await data.noteCardPrint(clinic.staff.receptionist, id);
  await expect(data.noteCardPrint(clinic.staff.doctor, id)).rejects.toMatchObject({
    code: 'FORBIDDEN',
  });
});
