// Accounts: what officers do with others', what everybody does with their own, and how an idle session ends.
import { generateSync } from 'otplib';
import type { Browser, Page } from '@playwright/test';
import { expect, signIn, test } from './clinic';
import { inventPatient, STAFF } from './people';

const PASSWORD = 'a rather long pass phrase';

/** A user name that no other story uses. */
function newUsername(): string {
  return inventPatient().email.split('@')[0] ?? '';
}

async function createAccount(page: Page, username: string, role: string): Promise<void> {
  await page.goto('/accounts');
  const form = page.getByRole('form', { name: 'New account' });
  await form.getByRole('textbox', { name: 'Full name' }).fill(`Person ${username}`);
  await form.getByRole('textbox', { name: 'User name' }).fill(username);
  await form.getByRole('combobox', { name: 'Role' }).selectOption(role);
  await form.getByLabel('Password').fill(PASSWORD);
  await form.getByRole('button', { name: 'Create account' }).click();
  await expect(form.getByText('Account created')).toBeVisible();
}

async function enter(browser: Browser, username: string): Promise<Page> {
  const page = await browser.newPage();
  await page.goto('/sign-in');
  await page.getByRole('textbox', { name: 'User name' }).fill(username);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(page.getByRole('navigation', { name: 'Main' })).toBeVisible();
  return page;
}

test('An officer creates an account, and disables it: its next step leads to the sign-in page', async ({
  page,
  login,
  browser,
}) => {
  await login(STAFF.officer);
  const username = newUsername();
  await createAccount(page, username, 'Front desk');
  const desk = await enter(browser, username);
  await expect(desk.getByRole('heading', { level: 1 })).toHaveText('Find a patient');

  const row = page.getByRole('listitem').filter({ hasText: `Person ${username}` });
  await row.getByRole('button', { name: `Change Person ${username}` }).click();
  await row.getByRole('button', { name: 'Disable' }).click();
  await expect(row.getByText('Disabled')).toBeVisible();
  await desk.getByRole('link', { name: 'Register a patient' }).click();
  await expect(desk.getByRole('heading', { name: 'Sign in to the clinic' })).toBeVisible();
  await desk.close();
});

test('A new officer sets up a second factor before anything else, and signs in with its code', async ({
  page,
  login,
  browser,
}) => {
  await login(STAFF.officer);
  const username = newUsername();
  await createAccount(page, username, 'Privacy officer');
  const officer = await enter(browser, username);
  await expect(officer.getByText('Your role needs a second factor')).toBeVisible();
  await officer.goto('/audit');
  await expect(officer.getByRole('heading', { name: 'Your account' })).toBeVisible();

  await officer.getByRole('button', { name: 'Set up' }).click();
  await expect(officer.getByRole('img', { name: /QR code/ })).toBeVisible();
  const text = await officer.getByText(/Or type this secret/).textContent();
  const secret = text?.split(': ')[1] ?? '';
  const code = officer.getByRole('textbox', { name: 'Code' });
  await code.fill('000000');
  await officer.getByRole('button', { name: 'Confirm' }).click();
  await expect(officer.getByText('This is not the current code')).toBeVisible();
  const cookies = await officer.context().cookies();
  await code.fill(generateSync({ secret }));
  await officer.getByRole('button', { name: 'Confirm' }).click();
  const kept = officer.getByRole('list', { name: 'Recovery codes' }).getByRole('listitem');
  await expect(kept).toHaveCount(10);
  const recovery = (await kept.first().textContent()) ?? '';
  await officer.getByRole('button', { name: 'I have kept them' }).click();
  await officer.goto('/audit');
  await expect(officer.getByRole('heading', { name: 'Audit log' })).toBeVisible();
  // Whoever copied the session before the second step is out.
  const thief = await browser.newPage();
  await thief.context().addCookies(cookies);
  await thief.goto('/account');
  await expect(thief.getByRole('heading', { name: 'Sign in to the clinic' })).toBeVisible();
  await thief.close();

  await officer.getByRole('button', { name: 'Sign out' }).click();
  // The audit log has a box of that name too.
  const signInForm = officer.getByRole('form', { name: 'Sign in' });
  await signInForm.getByRole('textbox', { name: 'User name' }).fill(username);
  await signInForm.getByLabel('Password').fill(PASSWORD);
  await signInForm.getByRole('button', { name: 'Sign in', exact: true }).click();
  await officer.getByRole('textbox', { name: 'Code' }).fill(recovery);
  await officer.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(officer.getByRole('heading', { level: 1 })).toHaveText('Data keys');
  await officer.close();
});

test('I see where else I am signed in, and end that session', async ({ page, browser, login }) => {
  const other = await browser.newPage();
  await signIn(other, STAFF.otherReceptionist);
  await login(STAFF.otherReceptionist);
  await page.goto('/account');
  const sessions = page.getByRole('list', { name: 'Your sessions' }).getByRole('listitem');
  const before = await sessions.count();
  await expect(sessions.filter({ hasText: 'This one' })).toHaveCount(1);
  for (let left = before; left > 1; left -= 1) {
    await page
      .getByRole('button', { name: /^End the session/ })
      .first()
      .click();
    await expect(sessions).toHaveCount(left - 1);
  }
  await other.goto('/desk');
  await expect(other.getByRole('heading', { name: 'Sign in to the clinic' })).toBeVisible();
  await other.close();
});

test('I am warned before I am signed out for being idle; a key keeps me in, silence blanks the screen', async ({
  page,
  login,
}) => {
  await page.clock.install();
  const told = page.waitForResponse((answer) => answer.url().endsWith('/api/session'));
  await login(STAFF.receptionist);
  await (await told).finished();
  await page.clock.runFor(2_000);
  await page.clock.fastForward('04:15');
  await page.clock.runFor(2_000);
  const warning = page.getByRole('alertdialog', { name: 'Still there?' });
  await expect(warning).toBeVisible();
  const answered = page.waitForResponse((answer) => answer.request().method() === 'POST');
  await page.keyboard.press('a');
  await answered;
  await page.clock.runFor(2_000);
  await expect(warning).toBeHidden();

  await page.context().setOffline(true);
  await page.clock.fastForward('05:10');
  await page.clock.runFor(2_000);
  await expect(page.getByRole('searchbox')).toBeHidden();
});
