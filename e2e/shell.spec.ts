// The frame around every page: language, appearance, commands, and what of it fits a phone.
import { expect, test } from './clinic';
import { STAFF } from './people';

test('I choose Spanish once and every page speaks it, dates included', async ({
  page,
  login,
  anyPatient,
}) => {
  await login(STAFF.doctor);
  await page.getByRole('button', { name: 'Preferences' }).click();
  await page.getByRole('combobox', { name: 'Language' }).selectOption('Español');
  await expect(page.getByRole('heading', { name: 'Buscar un paciente', level: 1 })).toBeVisible();
  await expect(page.locator('html')).toHaveAttribute('lang', 'es');
  await page.goto(`/patients/${anyPatient.id}`);
  await expect(page.getByText('Fecha de nacimiento').first()).toBeVisible();
  await expect(page.getByText('Date of birth')).toHaveCount(0);
});

test('I choose the dark appearance on a device that is set to light, and it stays', async ({
  page,
  login,
}) => {
  await page.emulateMedia({ colorScheme: 'light' });
  await login(STAFF.receptionist);
  const background = () =>
    page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  const light = await background();
  await page.getByRole('button', { name: 'Preferences' }).click();
  await page.getByRole('combobox', { name: 'Appearance' }).selectOption('Dark');
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
  const dark = await background();
  expect(dark).not.toBe(light);
  await page.reload();
  expect(await background()).toBe(dark);
});

test('Ctrl-K takes me to a page by a few letters of its name, and offers only pages of my role', async ({
  page,
  login,
}) => {
  await login(STAFF.receptionist);
  await expect(page.getByRole('button', { name: 'Commands' })).toBeEnabled();
  await page.keyboard.press('Control+k');
  const palette = page.getByRole('dialog', { name: 'Command palette' });
  await palette.getByRole('combobox').fill('keys');
  await expect(palette.getByText('No such command')).toBeVisible();
  await palette.getByRole('combobox').fill('regis');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/desk\/new$/);
  await expect(palette).toBeHidden();
});

test('On a phone the pages stand in a bar at the bottom of the screen', async ({ page, login }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await login(STAFF.officer);
  const links = page.getByRole('navigation', { name: 'Main' }).getByRole('link');
  await expect(links).toHaveCount(5);
  for (const link of await links.all()) {
    const box = await link.boundingBox();
    expect(box?.y).toBeGreaterThan(780);
    expect(box?.width).toBeGreaterThanOrEqual(44);
  }
  await links.filter({ hasText: 'Emergency access' }).click();
  await expect(page.getByRole('heading', { name: 'Emergency access', level: 1 })).toBeVisible();
});
