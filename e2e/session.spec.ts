// Coming and going: what a sign-in says, and that nothing stays behind after a sign-out.
import { expect, signIn, test } from './clinic';
import { STAFF } from './people';

test('I always see who I am signed in as, and as what', async ({ page, login }) => {
  await login(STAFF.receptionist);
  const banner = page.getByRole('banner');
  await expect(banner.getByText(STAFF.receptionist)).toBeVisible();
  await expect(banner.getByText('Front desk', { exact: true })).toBeVisible();
  await expect(page.getByRole('navigation', { name: 'Main' }).getByRole('link')).toHaveCount(3);
});

test('After I sign out, Back shows nothing of a patient', async ({ page, login, patient }) => {
  await login(STAFF.doctor);
  await page.goto(`/patients/${patient.id}`);
  await expect(page.getByRole('heading', { name: patient.name })).toBeVisible();
  await page.goto('/patients/new');
  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(page.getByRole('heading', { name: 'Sign in to the clinic' })).toBeVisible();
  // The sign-in page took the last page's place; behind it lie the record and the search.
  for (let step = 0; step < 2; step += 1) {
    await page.goBack();
    await expect(page.getByRole('heading', { name: 'Sign in to the clinic' })).toBeVisible();
    expect(await page.content()).not.toContain(patient.name);
  }
});

test('After I sign out in one tab, the other tab leaves the record too', async ({
  page,
  context,
  login,
  patient,
}) => {
  await login(STAFF.doctor);
  const other = await context.newPage();
  await other.goto(`/patients/${patient.id}`);
  await expect(other.getByRole('heading', { name: patient.name })).toBeVisible();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(other.getByRole('heading', { name: 'Sign in to the clinic' })).toBeVisible();
});

test('A session that was signed out is refused even with its old cookie', async ({
  page,
  context,
  browser,
  login,
}) => {
  await login(STAFF.doctor);
  const cookies = await context.cookies();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(page.getByRole('heading', { name: 'Sign in to the clinic' })).toBeVisible();
  const thief = await browser.newContext();
  await thief.addCookies(cookies);
  const stolen = await thief.newPage();
  await stolen.goto('/patients');
  await expect(stolen.getByRole('heading', { name: 'Sign in to the clinic' })).toBeVisible();
  await thief.close();
});

test('My session ends while I work: the next action brings me to the sign-in page', async ({
  page,
  context,
  login,
}) => {
  // The page itself asks for its session when it opens, and would leave before anybody acts.
  const asked = page.waitForResponse((response) => response.url().endsWith('/api/session'));
  await login(STAFF.doctor);
  await asked;
  await context.clearCookies();
  await page.getByRole('searchbox').fill('Ottilie');
  await page.getByRole('button', { name: 'Search' }).click();
  await expect(page.getByText('Your session has ended')).toBeVisible();
});

test('A wrong password and an unknown name get the same answer', async ({ page }) => {
  await page.goto('/sign-in');
  for (const name of ['dr.okafor', 'nobody.at.all']) {
    await page.getByRole('textbox', { name: 'User name' }).fill(name);
    await page.getByLabel('Password').fill('wrong horse battery');
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await expect(page.getByRole('alert').first()).toHaveText(
      'The user name or the password is wrong.',
    );
    await expect(page.getByLabel('Password')).toHaveValue('');
  }
});

test('Guessing passwords for one account is stopped', async ({ page }) => {
  await page.goto('/sign-in');
  const answer = page.getByRole('alert').first();
  for (let attempt = 0; attempt < 9; attempt += 1) {
    await page.getByRole('textbox', { name: 'User name' }).fill('nobody.to.guess');
    await page.getByLabel('Password').fill(`guess-number-${attempt}`);
    const sent = page.waitForResponse((response) => response.url().includes('callback'));
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await sent;
    await expect(page.getByLabel('Password')).toHaveValue('');
  }
  await expect(answer).toContainText('Too many failed attempts');
});

test('The session cookie is out of reach of scripts', async ({ page, context }) => {
  await signIn(page, STAFF.doctor);
  const cookie = (await context.cookies()).find(({ name }) => name.endsWith('medcomd.session'));
  expect(cookie?.httpOnly).toBe(true);
  expect(cookie?.sameSite).toBe('Lax');
  expect(await page.evaluate(() => document.cookie)).not.toContain(cookie?.value);
});
