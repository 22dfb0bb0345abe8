// Looking for people, in the words of those who look.
import { expect, searchFor, test } from './clinic';
import { STAFF } from './people';

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

test('As a doctor I find a patient by last name and date of birth, however I write the date', async ({
  page,
  login,
  anyPatient,
}) => {
  await login(STAFF.doctor);
  const [, last = ''] = anyPatient.name.split(' ');
  const [year = '', month = '', day = ''] = anyPatient.dateOfBirth.split('-');
  const named = `${Number(day)} ${MONTHS[Number(month) - 1] ?? ''} ${year}`;
  for (const born of [year, `${month}/${day}/${year}`, named]) {
    await searchFor(page, `${last.toUpperCase()} ${born}`);
    await expect(page.getByText('1 patient found')).toBeVisible();
    await expect(page.getByRole('link', { name: anyPatient.name })).toBeVisible();
  }
  await searchFor(page, named);
  await expect(page.getByText(`searched by date of birth, born ${named}`)).toBeVisible();
});

test('As a doctor I find the patient I had open a moment ago, without searching again', async ({
  page,
  login,
  anyPatient,
}) => {
  await login(STAFF.doctor);
  await page.goto(`/patients/${anyPatient.id}`);
  await expect(page.getByRole('heading', { name: anyPatient.name })).toBeVisible();
  await page.goto('/patients');
  const recent = page.getByRole('list', { name: 'Recently opened' });
  await expect(page.getByRole('searchbox')).toBeFocused();
  await page.keyboard.press('ArrowDown');
  await expect(recent.getByRole('link').first()).toBeFocused();
  await expect(recent.getByRole('link', { name: anyPatient.name })).toBeVisible();
});

test('At the front desk nobody sees whom I had open', async ({ page, login, anyPatient }) => {
  await login(STAFF.receptionist);
  await page.goto(`/desk/${anyPatient.id}`);
  await expect(page.getByRole('heading', { name: anyPatient.name })).toBeVisible();
  await page.goto('/desk');
  await expect(page.getByRole('searchbox')).toBeFocused();
  await expect(page.getByText('Recently opened')).toHaveCount(0);
  await expect(page.getByText(anyPatient.name)).toHaveCount(0);
});

test('As a doctor I go through a long list and back, and Escape gives me an empty box', async ({
  page,
  login,
}) => {
  await login(STAFF.doctor);
  await searchFor(page, 'ma');
  const pages = page.getByRole('navigation', { name: 'Result pages' });
  const hits = page.getByRole('list', { name: 'Patients found' }).getByRole('link');
  const first = (await hits.first().textContent()) ?? '';
  await pages.getByRole('button', { name: 'Next' }).click();
  await expect(pages.getByText(/^21–/)).toBeVisible();
  await expect(hits.first()).not.toHaveText(first);
  await pages.getByRole('button', { name: 'Previous' }).click();
  await expect(pages.getByText(/^1–20/)).toBeVisible();
  await expect(hits.first()).toHaveText(first);
  await page.getByRole('searchbox').press('Escape');
  await expect(page.getByRole('searchbox')).toHaveValue('');
  await expect(page.getByRole('heading', { name: 'Ways to find a patient' })).toBeVisible();
});

test('As a receptionist I narrow a long list down by year of birth, and clear that again', async ({
  page,
  login,
}) => {
  await login(STAFF.receptionist);
  await page.getByText('Filters', { exact: true }).click();
  await page.getByRole('textbox', { name: 'Born from' }).fill('1980');
  await page.getByRole('textbox', { name: 'Born until' }).fill('1970');
  await searchFor(page, 'ma');
  await expect(page.getByText('The last year of birth is before the first')).toBeVisible();
  await page.getByRole('textbox', { name: 'Born until' }).fill('1989');
  await searchFor(page, 'ma');
  await expect(page.getByText(/searched by name · 2 filters/)).toBeVisible();
  const hits = page.getByRole('list', { name: 'Patients found' }).getByRole('listitem');
  await expect(hits.first()).toBeVisible();
  expect(await hits.filter({ hasNotText: / 198\d / }).count()).toBe(0);
  await page.getByRole('button', { name: 'Clear filters' }).click();
  await expect(page.getByText('Filters', { exact: true })).toBeVisible();
});
