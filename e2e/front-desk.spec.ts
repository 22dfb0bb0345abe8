// A receptionist's day, in the words of one.
import type { Page } from '@playwright/test';
import { expect, fillContact, lastSegment, searchFor, signIn, test } from './clinic';
import { dashed, inventPatient, STAFF, type TestPatient } from './people';

async function claim(
  page: Page,
  stated: Partial<Pick<TestPatient, 'dateOfBirth' | 'phone' | 'email' | 'address'>>,
  last4: string,
): Promise<void> {
  const form = page.getByRole('form', { name: 'Verify identity' });
  if (stated.dateOfBirth) await form.getByLabel('Date of birth').fill(stated.dateOfBirth);
  if (stated.phone) await form.getByRole('textbox', { name: 'Phone' }).fill(stated.phone);
  if (stated.email) await form.getByRole('textbox', { name: 'Email' }).fill(stated.email);
  await form.getByRole('textbox', { name: 'Last four digits' }).fill(last4);
  await form.getByRole('button', { name: 'Check' }).click();
}

test.describe('At the front desk I find a patient', () => {
  test.beforeEach(({ login }) => login(STAFF.receptionist));

  test('by name', async ({ page, patient }) => {
    await searchFor(page, patient.name);
    await page.getByRole('link', { name: patient.name }).click();
    await expect(page.getByRole('heading', { name: patient.name })).toBeVisible();
  });

  test('by phone, however it is written', async ({ page, patient }) => {
    await searchFor(page, patient.phone.replaceAll(/\D/g, ''));
    await expect(page.getByRole('link', { name: patient.name })).toBeVisible();
  });

  test('by the last four digits', async ({ page, patient }) => {
    await searchFor(page, patient.ssn.slice(-4));
    await expect(page.getByRole('link', { name: patient.name })).toBeVisible();
  });

  test('but not by the whole number, and I am told why', async ({ page, patient }) => {
    for (const typed of [patient.ssn, dashed(patient.ssn)]) {
      await searchFor(page, typed);
      await expect(page.getByText('No patient found')).toBeVisible();
      await expect(page.getByText('this desk has no key')).toBeVisible();
      await expect(page.getByRole('link', { name: patient.name })).toHaveCount(0);
      await searchFor(page, patient.name);
      await expect(page.getByRole('link', { name: patient.name })).toBeVisible();
    }
  });
});

test.describe('At the front desk I check who someone is', () => {
  test.beforeEach(async ({ login, page, patient }) => {
    await login(STAFF.receptionist);
    await page.goto(`/desk/${patient.id}`);
  });

  test('and get a match, which opens the contact data', async ({ page, patient }) => {
    expect(await page.content()).not.toContain(patient.email);
    await claim(page, patient, patient.ssn.slice(-4));
    await expect(page.getByRole('status').getByText('Match', { exact: true })).toBeVisible();
    await expect(
      page.getByRole('region', { name: 'Contact' }).getByText(patient.email),
    ).toBeVisible();
    await expect(page.getByRole('textbox', { name: 'Last four digits' })).toHaveValue('');
  });

  test('and get no match, without a hint which item was wrong', async ({ page, patient }) => {
    const { phone, dateOfBirth } = patient;
    const answers = new Set<string>();
    const wrong = [
      { stated: { phone, dateOfBirth }, last4: patient.ssn.slice(-4) === '0001' ? '0002' : '0001' },
      { stated: { phone: '(555) 111-2222', dateOfBirth }, last4: patient.ssn.slice(-4) },
    ];
    for (const { stated, last4 } of wrong) {
      await page.reload();
      await claim(page, stated, last4);
      await expect(page.getByText('No match')).toBeVisible();
      answers.add(await page.getByRole('status').filter({ hasText: 'No match' }).innerText());
      await expect(page.getByRole('textbox', { name: 'Last four digits' })).toHaveValue('');
      await expect(page.getByRole('region', { name: 'Contact' }).getByText('Hidden')).toBeVisible();
    }
    expect(answers.size).toBe(1);
  });

  test('but not with one contact item alone', async ({ page, patient }) => {
    await claim(page, { phone: patient.phone }, patient.ssn.slice(-4));
    await expect(page.getByText('Ask for at least two contact items')).toBeVisible();
  });

  test('and see the insurer, but no policy number and nothing medical', async ({
    page,
    patient,
  }) => {
    await expect(page.getByText(patient.provider)).toBeVisible();
    await page.getByRole('button', { name: 'Show contact' }).click();
    await expect(page.getByText(patient.email)).toBeVisible();
    await expect(page.getByText(patient.policyNumber)).toHaveCount(0);
    await expect(page.getByText(/blood|weight|heart|pressure|visit/i)).toHaveCount(0);
  });

  test('and correct the contact data', async ({ page }) => {
    await page.getByRole('button', { name: 'Show contact' }).click();
    await page.getByRole('button', { name: 'Edit contact' }).click();
    const form = page.getByRole('form', { name: 'Edit contact' });
    await form.getByRole('textbox', { name: 'Email' }).fill('new.address@example.com');
    await form.getByRole('button', { name: 'Save contact' }).click();
    await expect(
      page.getByRole('region', { name: 'Contact' }).getByText('new.address@example.com'),
    ).toBeVisible();
  });
});

test('At the front desk, five misses lock the check, and the right answer does not open it', async ({
  page,
  login,
  patient,
}) => {
  await login(STAFF.otherReceptionist);
  await page.goto(`/desk/${patient.id}`);
  const right = patient.ssn.slice(-4);
  const wrong = right === '0001' ? '0002' : '0001';
  for (let miss = 1; miss <= 5; miss += 1) {
    await claim(page, patient, wrong);
    await expect(page.getByRole('textbox', { name: 'Last four digits' })).toHaveValue('');
  }
  await claim(page, patient, right);
  await expect(page.getByText('Locked', { exact: true })).toBeVisible();
  await expect(page.getByText(patient.email)).toHaveCount(0);
});

test('The front desk registers a patient and a doctor completes the registration', async ({
  page,
  login,
  browser,
}) => {
  const invented = inventPatient();
  await login(STAFF.receptionist);
  await page.getByRole('link', { name: 'Register a patient' }).click();
  await page.getByRole('textbox', { name: 'Full name' }).fill(invented.name);
  await fillContact(page, invented);
  await page.getByRole('textbox', { name: 'Provider' }).fill(invented.provider);
  await expect(page.getByRole('textbox', { name: /Social Security|Policy/ })).toHaveCount(0);
  await page.getByRole('button', { name: 'Register patient' }).click();
  await expect(page.getByRole('heading', { name: invented.name })).toBeVisible();
  await expect(page.getByText('Registration is not complete')).toBeVisible();
  const id = lastSegment(page);

  const office = await browser.newPage();
  await signIn(office, STAFF.doctor);
  await office.goto(`/patients/${id}`);
  await expect(office.getByRole('form', { name: 'Add measurement' })).toHaveCount(0);
  await office.getByRole('link', { name: 'Complete registration' }).click();
  const form = office.getByRole('form', { name: 'Complete registration' });
  await form.getByRole('textbox', { name: 'Social Security number' }).fill(dashed(invented.ssn));
  await form.getByRole('combobox', { name: 'Blood type' }).selectOption('O+');
  await form.getByRole('textbox', { name: 'Policy number' }).fill(invented.policyNumber);
  await form.getByRole('button', { name: 'Complete registration' }).click();
  await expect(office.getByRole('form', { name: 'Add measurement' })).toBeVisible();
  await expect(office.getByText('O+', { exact: true }).first()).toBeVisible();
  await office.close();

  await page.reload();
  await claim(page, invented, invented.ssn.slice(-4));
  await expect(page.getByRole('status').getByText('Match', { exact: true })).toBeVisible();
});
