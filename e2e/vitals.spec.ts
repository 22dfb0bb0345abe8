// Vital signs as doctors enter them: flags while typing, units, corrections, and entries that nobody saved in time.
import type { Page } from '@playwright/test';
import { expect, test } from './clinic';
import { STAFF } from './people';

test.beforeEach(async ({ page, login, patient }) => {
  await login(STAFF.doctor);
  await page.goto(`/patients/${patient.id}`);
});

const entry = (page: Page) => page.getByRole('form', { name: 'Add measurement' });
const visits = (page: Page) => page.getByRole('region', { name: 'Visits table' });

test('While I type I see what is critical, and cannot save what nobody has', async ({ page }) => {
  const form = entry(page);
  await form.getByRole('textbox', { name: 'Heart rate' }).fill('150');
  await expect(form.getByText('critically high').first()).toBeAttached();
  await expect(form.getByText('Normal 60–100')).toBeVisible();
  // A slash leads from the first pressure to the second.
  await form.getByRole('textbox', { name: 'Systolic' }).pressSequentially('118/76');
  await expect(form.getByRole('textbox', { name: 'Diastolic' })).toHaveValue('76');
  await form.getByRole('textbox', { name: 'Weight' }).fill('7000');
  await form.getByRole('textbox', { name: 'Note' }).focus();
  await expect(form.getByText('Enter a value between 2 and 650 kg')).toBeVisible();
  await form.getByRole('button', { name: 'Save measurement' }).click();
  await expect(page.getByText('No visits yet')).toBeVisible();
  await form.getByRole('textbox', { name: 'Weight' }).fill('70');
  await form.getByRole('button', { name: 'Save measurement' }).click();
  await expect(visits(page).getByRole('cell', { name: '118/76' })).toBeVisible();
});

test('I correct a wrong visit: both stay, and the wrong one counts no more', async ({ page }) => {
  const form = entry(page);
  await form.getByRole('textbox', { name: 'Weight' }).fill('17.5');
  await form.getByRole('button', { name: 'Save measurement' }).click();
  await page.getByRole('button', { name: /^Correct the visit of/ }).click();
  const dialog = page.getByRole('dialog', { name: /^Correct the visit of/ });
  await dialog.getByRole('combobox', { name: 'Reason' }).selectOption('Another reason');
  await dialog.getByRole('textbox', { name: 'Weight' }).fill('71.5');
  await dialog.getByRole('button', { name: 'Save correction' }).click();
  await expect(dialog.getByText('Say why, in at least three letters')).toBeVisible();
  await dialog.getByRole('textbox', { name: 'Details' }).fill('Figures swapped');
  await dialog.getByRole('button', { name: 'Save correction' }).click();
  await expect(dialog).toBeHidden();
  const table = visits(page);
  await expect(table.getByRole('cell', { name: '71.5' })).toBeVisible();
  await expect(table.getByRole('deletion').filter({ hasText: '17.5' })).toBeVisible();
  await expect(table.getByText(/Okafor: Figures swapped/)).toBeVisible();
  await expect(page.getByText('1 visit', { exact: true })).toBeVisible();
});

test('What I typed and did not save is there again, also after signing out', async ({
  page,
  login,
  patient,
}) => {
  const form = entry(page);
  await form.getByRole('textbox', { name: 'Heart rate' }).fill('6');
  await form.getByRole('textbox', { name: 'Note' }).fill('Interrupted');
  await expect(form.getByText('Kept until you save')).toBeVisible();
  await page.context().clearCookies();
  await login(STAFF.doctor);
  await page.goto(`/patients/${patient.id}`);
  await expect(page.getByText(/^Unsaved entry of /)).toBeVisible();
  await expect(form.getByRole('textbox', { name: 'Heart rate' })).toHaveValue('6');
  await form.getByRole('textbox', { name: 'Heart rate' }).fill('66');
  await form.getByRole('button', { name: 'Save measurement' }).click();
  await expect(visits(page).getByRole('cell', { name: 'Interrupted' })).toBeVisible();
  await page.reload();
  await expect(form.getByRole('button', { name: 'Save measurement' })).toBeVisible();
  await expect(page.getByText(/^Unsaved entry of /)).toHaveCount(0);
});

test('When I am about to be signed out, what I typed last is kept at once', async ({ page }) => {
  const heartRate = entry(page).getByRole('textbox', { name: 'Heart rate' });
  await expect(heartRate).toBeEnabled();
  // No timer runs any more: only the warning can be what sends it.
  await page.clock.install();
  await page.clock.pauseAt(Date.now() + 60_000);
  const sent: string[] = [];
  page.on('request', (request) => {
    if (request.url().endsWith('/draft')) sent.push(request.postData() ?? '');
  });
  await heartRate.fill('71');
  await expect(async () => {
    await page.evaluate(() => window.dispatchEvent(new Event('medcomd:before-signoff')));
    expect(sent.join()).toContain('71');
  }).toPass({ timeout: 10_000 });
});

test('A measurement whose answer got lost is saved once', async ({ page }) => {
  const form = entry(page);
  let lost = 0;
  await page.route('**/patients/*', async (route) => {
    if (route.request().method() !== 'POST' || lost > 0) return route.fallback();
    lost += 1;
    await route.fetch();
    return route.abort();
  });
  await form.getByRole('textbox', { name: 'Heart rate' }).fill('64');
  await form.getByRole('button', { name: 'Save measurement' }).click();
  await expect(form.getByRole('alert').getByText('did not answer')).toBeVisible();
  await form.getByRole('button', { name: 'Save measurement' }).click();
  await expect(form.getByText(/Saved at/)).toBeVisible();
  await expect(page.getByText('1 visit', { exact: true })).toBeVisible();
});
