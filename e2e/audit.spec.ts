// The audit log as officers and doctors use it.
import { expect, test } from './clinic';
import { STAFF } from './people';

test('An officer learns who searched a number, and that the log is intact', async ({
  page,
  login,
  patient,
  browser,
}) => {
  const office = await browser.newPage();
  await login(STAFF.doctor, office);
  await office.getByRole('searchbox').fill(patient.ssn);
  await office.keyboard.press('Enter');
  await expect(office.getByRole('link', { name: patient.name })).toBeVisible();
  await office.close();

  await login(STAFF.officer);
  await page.goto('/audit');
  const ask = page.getByRole('form', { name: 'Who searched a number' });
  await ask.getByRole('textbox', { name: 'Number' }).fill(patient.ssn);
  await ask.getByRole('button', { name: 'Look up' }).click();
  await expect(page.getByText('1 search', { exact: true })).toBeVisible();
  const answer = page.getByRole('region', { name: 'Searches table' });
  await expect(answer.getByRole('row').last()).toContainText(STAFF.doctor);
  expect(await page.content()).not.toContain(patient.name);

  await page.getByRole('button', { name: 'Check the chain' }).click();
  await expect(page.getByText(/All \d+ events are intact/)).toBeVisible();
});

test('An officer filters the log by record number; an impossible one is named', async ({
  page,
  login,
  patient,
}) => {
  await login(STAFF.officer);
  await page.goto('/audit');
  const filters = page.getByRole('form', { name: 'Filter the events' });
  await filters.getByRole('textbox', { name: 'Record number' }).fill('12');
  await filters.getByRole('button', { name: 'Show events' }).click();
  await expect(filters.getByText('A record number has 24 digits')).toBeVisible();
  await filters.getByRole('textbox', { name: 'Record number' }).fill(patient.id);
  await filters.getByRole('combobox', { name: 'Action' }).selectOption('Patient registered');
  await filters.getByRole('button', { name: 'Show events' }).click();
  const events = page.getByRole('region', { name: 'Events table' });
  await expect(events.getByRole('row')).toHaveCount(2);
  await expect(events.getByRole('row').last()).toContainText(STAFF.doctor);
});

test('A doctor sees who has opened a record of theirs, and never the whole log', async ({
  page,
  login,
  patient,
}) => {
  await login(STAFF.doctor);
  await page.goto(`/patients/${patient.id}`);
  await page.getByRole('link', { name: 'Access history' }).click();
  const events = page.getByRole('region', { name: 'Events table' });
  await expect(events.getByRole('row').last()).toContainText('Patient registered');
  await expect(events.getByRole('row', { name: /Record read/ }).first()).toContainText(
    STAFF.doctor,
  );
  await page.goto('/audit');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(/not for your role|No access/i);
});
