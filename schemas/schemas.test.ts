import { describe, expect, it } from 'vitest';
import { contactSchema, phoneDigits } from './contact';
import { identityClaimsSchema } from './identity';
import { insuranceSchema, policyNumberSchema } from './insurance';
import { measurementSchema } from './measurement';
import { parseMessage } from './message';
import { contactRegistrationSchema, patientRegistrationSchema } from './patient';
import { nameAndBirth, patientSearchSchema, searchKindOf } from './search';
import { signInSchema } from './sign-in';

const CONTACT = {
  phone: '(555) 010-2030',
  email: 'a@example.com',
  address: '1 Elm Street',
  dateOfBirth: '1984-03-09',
};

function messages(result: { error?: { issues: { message: string }[] } }): string[] {
  return result.error?.issues.map((issue) => issue.message) ?? [];
}

describe('contact data', () => {
  it('accepts an empty email and address', () => {
    expect(contactSchema.parse({ ...CONTACT, email: '', address: ' ' })).toMatchObject({
      email: '',
      address: '',
    });
  });
  it.each(['2023-02-30', '2999-01-01', '1850-01-01', '9.3.1984', ''])(
    'refuses the date of birth %j',
    (dateOfBirth) => {
      expect(contactSchema.safeParse({ ...CONTACT, dateOfBirth }).success).toBe(false);
    },
  );
  it.each(['12', 'call me', '+1 555 010 2030 999 999 999'])('refuses the phone %j', (phone) => {
    expect(contactSchema.safeParse({ ...CONTACT, phone }).success).toBe(false);
  });
  it('names the rule when the email is wrong', () => {
    expect(messages(contactSchema.safeParse({ ...CONTACT, email: 'nobody' }))).toEqual([
      'contact.emailOrNothing',
    ]);
  });
  it('compares phone numbers by their digits, with or without the country code', () => {
    expect(phoneDigits('+1 (555) 010-2030')).toBe(phoneDigits('555.010.2030'));
  });
});

describe('registration', () => {
  const full = {
    name: 'Ana Núñez-O’Brien',
    contact: CONTACT,
    ssn: '900-01-0012',
    bloodType: 'AB+',
    insurance: { provider: 'MaestCare', policyNumber: '123142' },
  };
  it('parses the SSN to nine digits', () => {
    expect(patientRegistrationSchema('demo').parse(full).ssn).toBe('900010012');
  });
  it('refuses properties that it does not know', () => {
    const extra = { ...full, revision: 7 };
    expect(patientRegistrationSchema('demo').safeParse(extra).success).toBe(false);
  });
  it.each([
    ['an operator object as name', { name: { $ne: null } }],
    ['a blood type that does not exist', { bloodType: 'C+' }],
    ['a name of control characters', { name: 'Ana\nBob' }],
    ['a name without letters', { name: '12345' }],
  ])('refuses %s', (_title, change) => {
    expect(patientRegistrationSchema('demo').safeParse({ ...full, ...change }).success).toBe(false);
  });
  it('has no place for an SSN at the front desk', () => {
    const input = { name: 'Ana', contact: CONTACT, provider: 'MaestCare', ssn: '900010012' };
    expect(contactRegistrationSchema.safeParse(input).success).toBe(false);
  });
});

describe('insurance', () => {
  it.each(['2147483648', '012', '', '12a'])('refuses the policy number %j', (policyNumber) => {
    expect(insuranceSchema.safeParse({ provider: 'MaestCare', policyNumber }).success).toBe(false);
  });
  it('accepts the largest int32, dashes and a leading P', () => {
    expect(policyNumberSchema.parse('P-2147-483-647')).toBe('2147483647');
  });
});

describe('measurement', () => {
  it('reads numbers with a decimal comma and drops empty fields', () => {
    const visit = measurementSchema.parse({ weightKg: '72,5', heartRate: '' });
    expect(visit).toEqual({ weightKg: 72.5 });
  });
  it.each([
    ['nothing at all', {}, 'vitals.nothing'],
    ['a note alone', { note: 'tired' }, 'vitals.nothing'],
    ['one pressure', { systolic: '120' }, 'vitals.bothPressures'],
    ['crossed pressures', { systolic: '80', diastolic: '80' }, 'vitals.crossedPressures'],
    ['too much weight', { weightKg: '651' }, 'vitals.outsideLimits'],
    ['half a heart beat', { heartRate: '60.5' }, 'vitals.notWhole'],
    ['hexadecimal', { heartRate: '0x40' }, 'vitals.notANumber'],
  ])('refuses %s', (_title, input, key) => {
    const said = messages(measurementSchema.safeParse(input));
    expect(said.map((text) => parseMessage(text).key)).toContain(key);
  });
});

describe('identity claims', () => {
  it('needs two contact items; blank ones do not count', () => {
    const one = { dateOfBirth: '1984-03-09', phone: ' ', last4: '0012' };
    expect(identityClaimsSchema.safeParse(one).success).toBe(false);
    expect(identityClaimsSchema.parse({ ...one, phone: '555 0102030' }).email).toBeUndefined();
  });
  it('refuses anything but four digits', () => {
    const claims = { dateOfBirth: '1984-03-09', email: 'a@example.com', last4: '12' };
    expect(identityClaimsSchema.safeParse(claims).success).toBe(false);
  });
});

describe('search', () => {
  it.each([
    ['900-01-0012', 'ssn'],
    ['900010012', 'ssn'],
    ['P 123142', 'policy'],
    ['0012', 'last4'],
    ['(555) 010-2030', 'phone'],
    ['5550102', 'phone'],
    ['Núñez', 'name'],
    ['Peter 2', 'name'],
    ['1984-03-09', 'birth-date'],
    ['3/9/1984', 'birth-date'],
    ['9 de marzo de 1984', 'birth-date'],
    ['1984', 'last4'],
    ['garcia 1984', 'name'],
  ])('understands %j as %s', (text, kind) => {
    expect(searchKindOf(text)).toBe(kind);
  });
  it.each([
    ['garcia 1984', 'garcia', '1984'],
    ['ana garcia 3/9/1984', 'ana garcia', '1984-03-09'],
    ['garcia, ana 9 de marzo de 1984', 'garcia, ana', '1984-03-09'],
    ['garcia 1584', 'garcia 1584', null],
    ['garcia', 'garcia', null],
    ['1984', '1984', null],
  ])('reads %j as a name with a birth', (text, name, born) => {
    expect(nameAndBirth(text)).toEqual({ name, born });
  });
  it('refuses an empty text and an operator object', () => {
    expect(patientSearchSchema.safeParse({ text: ' ' }).success).toBe(false);
    expect(patientSearchSchema.safeParse({ text: { $gt: '' } }).success).toBe(false);
  });
});

describe('sign-in', () => {
  it('refuses a password long enough to tire the hash', () => {
    const input = { username: 'a', password: 'x'.repeat(257) };
    expect(signInSchema.safeParse(input).success).toBe(false);
  });
});
