// What privacy officers do with keys, in the words of one: nothing important alone.
import type { Page } from '@playwright/test';
import { expect, searchFor, test } from './clinic';
import { STAFF } from './people';

async function askForErasure(page: Page, recordNumber: string): Promise<void> {
  const form = page.getByRole('form', { name: 'Ask for a key operation' });
  await form.getByRole('combobox', { name: 'Operation' }).selectOption('erase');
  await form.getByRole('textbox', { name: 'Record number' }).fill(recordNumber);
  await form.getByRole('textbox', { name: 'Reason' }).fill('Asked for in writing');
  await form.getByRole('button', { name: 'Ask for approval' }).click();
  await expect(form.getByText('Another officer has to approve it')).toBeVisible();
}

test('As an officer I see what protects what, and no patient', async ({ page, login, patient }) => {
  await login(STAFF.officer);
  const keys = page.getByRole('region', { name: 'Keys table' });
  await expect(keys.getByRole('row', { name: /SSN, policy number/ })).toBeVisible();
  await expect(keys.getByRole('row', { name: /Blood type, alerts, visits/ })).toBeVisible();
  expect(await page.content()).not.toContain(patient.name);
});

test('A new shared key needs two officers; then every record still reads', async ({
  page,
  login,
  patient,
  browser,
}) => {
  await login(STAFF.officer);
  const form = page.getByRole('form', { name: 'Ask for a key operation' });
  await form.getByRole('combobox', { name: 'Operation' }).selectOption('retire');
  await form.getByRole('button', { name: 'Ask for approval' }).click();
  await expect(form.getByText('A reason has at least 5 characters')).toBeVisible();
  await form.getByRole('textbox', { name: 'Reason' }).fill('Yearly replacement');
  await form.getByRole('button', { name: 'Ask for approval' }).click();
  const title = { name: 'Replace the shared data key' };
  const mine = page.getByRole('listitem').filter({ has: page.getByRole('heading', title) });
  await expect(mine.getByText('Waits for approval')).toBeVisible();

  const second = await (await browser.newContext()).newPage();
  await login(STAFF.otherOfficer, second);
  const theirs = second.getByRole('listitem').filter({ has: second.getByRole('heading', title) });
  await theirs.getByRole('button', { name: 'Approve' }).click();
  // While it is under way, the doctor finds the patient by number.
  const doctor = await (await browser.newContext()).newPage();
  await login(STAFF.doctor, doctor);
  await doctor.goto('/patients');
  await searchFor(doctor, patient.ssn);
  await expect(doctor.getByRole('link', { name: patient.name })).toBeVisible();
  await expect(theirs.getByText('Done', { exact: true })).toBeVisible({ timeout: 60_000 });
  await searchFor(doctor, `P ${patient.policyNumber}`);
  await expect(doctor.getByRole('link', { name: patient.name })).toBeVisible();
  await doctor.context().close();
  await second.context().close();
  // Who asked sees how it went without asking for the page again.
  await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
  await expect(mine.getByText('Done', { exact: true })).toBeVisible();
});

test('An erasure needs two officers; then the doctor sees the record as erased', async ({
  page,
  login,
  patient,
  anyPatient,
  browser,
}) => {
  await login(STAFF.officer);
  await askForErasure(page, patient.id);
  const mine = page.getByRole('listitem').filter({ hasText: patient.id });
  await expect(mine.getByRole('button', { name: 'Withdraw' })).toBeVisible();
  await expect(mine.getByRole('button', { name: 'Approve' })).toHaveCount(0);

  const second = await (await browser.newContext()).newPage();
  await login(STAFF.otherOfficer, second);
  const theirs = second.getByRole('listitem').filter({ hasText: patient.id });
  await expect(theirs.getByText(patient.name)).toBeVisible();
  await theirs.getByRole('textbox', { name: 'Record number' }).fill(anyPatient.id);
  await theirs.getByRole('button', { name: 'Approve' }).click();
  await expect(theirs.getByText('not the record number of the request')).toBeVisible();
  await theirs.getByRole('textbox', { name: 'Record number' }).fill(patient.id);
  await theirs.getByRole('button', { name: 'Approve' }).click();
  await expect(theirs.getByText('Done', { exact: true })).toBeVisible({ timeout: 30_000 });
  await second.context().close();

  const doctor = await (await browser.newContext()).newPage();
  await login(STAFF.doctor, doctor);
  await doctor.goto(`/patients/${patient.id}`);
  await expect(
    doctor.getByRole('heading', { name: 'The medical record was erased' }),
  ).toBeVisible();
  await expect(doctor.getByRole('button', { name: /Edit|Save|Show Social/ })).toHaveCount(0);
  await doctor.goto(`/patients/${anyPatient.id}`);
  await expect(doctor.getByText('AB-')).toBeVisible();
  await doctor.context().close();
});

for (const who of [STAFF.doctor, STAFF.receptionist]) {
  test(`${who} cannot open the key console`, async ({ page, login }) => {
    await login(who);
    expect((await page.goto('/keys'))?.status()).toBe(403);
  });
}
