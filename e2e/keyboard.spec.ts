// The whole way without a mouse: Tab, arrows, Enter and letters only.
import type { Page } from '@playwright/test';
import { expect, test } from './clinic';
import { STAFF } from './people';

/** Presses Tab until the focused element's name matches; fails after `most` presses. */
async function tabTo(page: Page, name: RegExp, most = 60): Promise<void> {
  for (let press = 0; press < most; press += 1) {
    await page.keyboard.press('Tab');
    const focused = await page.evaluate(() => {
      const element = document.activeElement;
      const labelled =
        element instanceof HTMLInputElement ||
        element instanceof HTMLSelectElement ||
        element instanceof HTMLTextAreaElement;
      const label = labelled ? element.labels?.[0]?.textContent : null;
      return label ?? element?.getAttribute('aria-label') ?? element?.textContent ?? '';
    });
    if (name.test(focused)) return;
  }
  throw new Error(`Expected ${name.source} to be reachable by Tab, it was not`);
}

async function signInByKeyboard(page: Page, who: string): Promise<void> {
  await page.goto('/sign-in');
  await expect(page.getByRole('textbox', { name: 'User name' })).toBeEnabled();
  await tabTo(page, new RegExp(who));
  await page.keyboard.press('Enter');
  await expect(page.getByRole('button', { name: 'Sign in', exact: true })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('searchbox')).toBeFocused();
}

test('A doctor signs in, finds a patient and adds a measurement by keyboard', async ({
  page,
  patient,
}) => {
  await signInByKeyboard(page, STAFF.doctor);
  await page.keyboard.type(patient.name);
  await page.keyboard.press('Enter');
  const hit = page.getByRole('link', { name: patient.name });
  await expect(hit).toBeVisible();
  await page.keyboard.press('ArrowDown');
  await expect(hit).toBeFocused();
  await page.keyboard.press('ArrowUp');
  await expect(page.getByRole('searchbox')).toBeFocused();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: patient.name })).toBeVisible();
  await expect(page.getByRole('textbox', { name: 'Weight' })).toBeEnabled();

  await tabTo(page, /^Weight/);
  await page.keyboard.type('80.5');
  await page.keyboard.press('Tab');
  await page.keyboard.type('70');
  await page.keyboard.press('Tab');
  await page.keyboard.type('125');
  await page.keyboard.press('Tab');
  await page.keyboard.type('80');
  await page.keyboard.press('Enter');
  for (const text of ['80.5', '70', '125/80']) {
    await expect(page.getByRole('cell', { name: text })).toBeVisible();
  }
  await expect(page.getByRole('textbox', { name: 'Weight' })).toBeFocused();
});

test('A letter typed on the result list goes back into the box', async ({ page, patient }) => {
  await signInByKeyboard(page, STAFF.doctor);
  await page.keyboard.type('Ottilie');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('link', { name: /Ottilie/ }).first()).toBeVisible();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.type(' x');
  await expect(page.getByRole('searchbox')).toHaveValue(/Ottilie.*x/);
  expect(patient.name).toContain('Ottilie');
});

test('A receptionist verifies an identity by keyboard', async ({ page, patient }) => {
  await signInByKeyboard(page, STAFF.receptionist);
  await page.keyboard.type(patient.name);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('link', { name: patient.name })).toBeVisible();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('textbox', { name: 'Phone' })).toBeEnabled();
  await tabTo(page, /^Phone/);
  await page.keyboard.type(patient.phone);
  await page.keyboard.press('Tab');
  await page.keyboard.type(patient.email);
  await tabTo(page, /^Last four digits/);
  await page.keyboard.type(patient.ssn.slice(-4));
  await page.keyboard.press('Enter');
  await expect(page.getByRole('status').getByText('Match', { exact: true })).toBeVisible();
});

test('The first Tab offers to skip the navigation', async ({ page, login }) => {
  await login(STAFF.doctor);
  await page.goto('/patients/new');
  await page.keyboard.press('Tab');
  const skip = page.getByRole('link', { name: 'Skip to content' });
  await expect(skip).toBeFocused();
  await expect(skip).toBeInViewport();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('main')).toBeFocused();
});

test('An officer asks for a key operation, and takes the request back, by keyboard', async ({
  page,
  login,
}) => {
  await login(STAFF.otherOfficer);
  await expect(page.getByRole('button', { name: 'Commands' })).toBeEnabled();
  await page.keyboard.press('Control+k');
  await expect(page.getByRole('combobox', { name: 'Command palette' })).toBeFocused();
  await page.keyboard.type('data k');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('combobox', { name: 'Operation' })).toBeEnabled();
  await tabTo(page, /^Operation/);
  await tabTo(page, /^Reason/);
  await page.keyboard.type('A story without a mouse');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('button', { name: 'Withdraw' })).toBeEnabled();
  await tabTo(page, /^Withdraw/);
  await page.keyboard.press('Enter');
  await expect(page.getByText('Withdrawn')).toBeVisible();
});
