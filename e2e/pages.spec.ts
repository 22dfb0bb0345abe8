// Every page of both roles, in both themes: axe finds nothing (WCAG 2.2 AA), nothing sticks out on a
// phone, and a screenshot is left in test-results/screenshots to be looked at.
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect, fillContact, lastSegment, resumeQuietly, searchFor, test } from './clinic';
import { inventPatient, STAFF, type StaffName, type TestPatient } from './people';

interface Visit {
  name: string;
  who: StaffName | null;
  path: (patient: TestPatient) => string;
  /** Brings the page into the state to be looked at. */
  act?: (page: Page, patient: TestPatient) => Promise<void>;
}

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const DESKTOP = { width: 1360, height: 860 };
const NO_ID = '000000000000000000000000';

const VISITS: readonly Visit[] = [
  { name: 'sign-in', who: null, path: () => '/sign-in' },
  { name: 'doctor-search', who: STAFF.doctor, path: () => '/patients' },
  {
    name: 'doctor-results',
    who: STAFF.doctor,
    path: () => '/patients',
    act: async (page) => {
      await searchFor(page, 'ma');
      await expect(page.getByText(/patients? found/)).toBeVisible();
    },
  },
  {
    name: 'doctor-no-match',
    who: STAFF.doctor,
    path: () => '/patients',
    act: async (page) => {
      await searchFor(page, 'Zzyzx Nobodysname');
      await expect(page.getByText('No patient found')).toBeVisible();
    },
  },
  {
    name: 'doctor-record',
    who: STAFF.doctor,
    path: (patient) => `/patients/${patient.id}`,
    act: async (page) => {
      const form = page.getByRole('form', { name: 'Add measurement' });
      for (const weight of ['80', '81.5']) {
        await form.getByRole('textbox', { name: 'Weight' }).fill(weight);
        await form.getByRole('button', { name: 'Save measurement' }).click();
        await expect(form.getByText(/Saved at/)).toBeVisible();
      }
      await expect(page.getByRole('application').first()).toBeVisible();
    },
  },
  {
    name: 'doctor-record-errors',
    who: STAFF.doctor,
    path: (patient) => `/patients/${patient.id}`,
    act: async (page) => {
      await page.getByRole('button', { name: 'Edit insurance' }).click();
      await page.getByRole('textbox', { name: 'Systolic' }).fill('70');
      await page.getByRole('button', { name: 'Save measurement' }).click();
      await expect(page.getByText('Enter both pressures or none')).toBeVisible();
    },
  },
  {
    name: 'doctor-register',
    who: STAFF.doctor,
    path: () => '/patients/new',
    act: async (page) => {
      await page.getByRole('button', { name: 'Register patient' }).click();
      await expect(page.getByText('Choose a blood type')).toBeVisible();
    },
  },
  {
    name: 'doctor-correction',
    who: STAFF.doctor,
    path: (patient) => `/patients/${patient.id}`,
    act: async (page) => {
      const form = page.getByRole('form', { name: 'Add measurement' });
      await form.getByRole('textbox', { name: 'Heart rate' }).fill('190');
      await form.getByRole('button', { name: 'Save measurement' }).click();
      await page
        .getByRole('button', { name: /^Correct/ })
        .first()
        .click();
      await expect(page.getByRole('dialog')).toBeVisible();
    },
  },
  { name: 'doctor-not-found', who: STAFF.doctor, path: () => `/patients/${NO_ID}` },
  { name: 'doctor-forbidden', who: STAFF.doctor, path: () => '/desk' },
  { name: 'desk-search', who: STAFF.receptionist, path: () => '/desk' },
  {
    name: 'desk-results',
    who: STAFF.receptionist,
    path: () => '/desk',
    act: async (page, patient) => {
      await searchFor(page, patient.name);
      await expect(page.getByRole('link', { name: patient.name })).toBeVisible();
    },
  },
  {
    name: 'desk-whole-number',
    who: STAFF.receptionist,
    path: () => '/desk',
    act: async (page, patient) => {
      await searchFor(page, patient.ssn);
      await expect(page.getByText('this desk has no key')).toBeVisible();
    },
  },
  {
    name: 'desk-patient',
    who: STAFF.receptionist,
    path: (patient) => `/desk/${patient.id}`,
    act: async (page, patient) => {
      await page.getByLabel('Date of birth', { exact: true }).fill(patient.dateOfBirth);
      await page.getByRole('textbox', { name: 'Phone' }).fill(patient.phone);
      await page.getByRole('textbox', { name: 'Last four digits' }).fill(patient.ssn.slice(-4));
      await page.getByRole('button', { name: 'Check' }).click();
      await expect(page.getByText('Match', { exact: true })).toBeVisible();
      await expect(page.getByText(patient.email)).toBeVisible();
    },
  },
  { name: 'desk-register', who: STAFF.receptionist, path: () => '/desk/new' },
  { name: 'desk-not-found', who: STAFF.receptionist, path: () => `/desk/${NO_ID}` },
  { name: 'desk-forbidden', who: STAFF.receptionist, path: () => '/patients' },
  {
    name: 'officer-keys',
    who: STAFF.officer,
    path: () => '/keys',
    act: async (page) => {
      const form = page.getByRole('form', { name: 'Ask for a key operation' });
      await form.getByRole('combobox', { name: 'Operation' }).selectOption('erase');
      await form.getByRole('button', { name: 'Ask for approval' }).click();
      await expect(form.getByText('A record number has 24 digits')).toBeVisible();
    },
  },
  {
    name: 'officer-audit',
    who: STAFF.officer,
    path: () => '/audit',
    act: async (page) => {
      await page.getByRole('textbox', { name: 'Record number' }).fill('12');
      await page.getByRole('button', { name: 'Show events' }).click();
      await expect(page.getByText('A record number has 24 digits')).toBeVisible();
    },
  },
  {
    name: 'officer-accounts',
    who: STAFF.officer,
    path: () => '/accounts',
    act: async (page) => {
      await page.getByRole('button', { name: `Change ${STAFF.otherReceptionist}` }).click();
      await expect(page.getByRole('button', { name: 'Set password' })).toBeVisible();
    },
  },
  {
    name: 'account',
    who: STAFF.otherReceptionist,
    path: () => '/account',
    act: async (page) => {
      await page.getByRole('button', { name: 'Set up' }).click();
      await expect(page.getByRole('img', { name: /QR code/ })).toBeVisible();
    },
  },
  {
    name: 'doctor-access-history',
    who: STAFF.doctor,
    path: (patient) => `/patients/${patient.id}/access`,
    act: async (page) => {
      await expect(page.getByText('Record read').first()).toBeVisible();
    },
  },
  { name: 'officer-forbidden', who: STAFF.officer, path: () => '/patients' },
  { name: 'nowhere', who: STAFF.doctor, path: () => '/nowhere' },
];

for (const visit of VISITS) {
  test(`${visit.name} is accessible in both themes and fits a phone`, async ({
    page,
    anyPatient,
  }) => {
    await page.setViewportSize(DESKTOP);
    await open(page, visit, anyPatient);
    await expectFitToSee(page, visit.name);
  });
}

test('an incomplete registration and its completion are accessible in both themes and fit a phone', async ({
  page,
  login,
  browser,
}) => {
  const invented = inventPatient();
  const desk = await browser.newPage();
  await login(STAFF.receptionist, desk);
  await desk.goto('/desk/new');
  await desk.getByRole('textbox', { name: 'Full name' }).fill(invented.name);
  await fillContact(desk, invented);
  await desk.getByRole('textbox', { name: 'Provider' }).fill(invented.provider);
  await desk.getByRole('button', { name: 'Register patient' }).click();
  await expect(desk.getByText('Registration is not complete')).toBeVisible();
  const id = lastSegment(desk);
  await desk.close();

  await page.setViewportSize(DESKTOP);
  await login(STAFF.doctor);
  await page.goto(`/patients/${id}`);
  await expect(page.getByRole('link', { name: 'Complete registration' })).toBeVisible();
  await expectFitToSee(page, 'doctor-incomplete');
  await page.setViewportSize(DESKTOP);
  await page.goto(`/patients/${id}/complete`);
  await page.getByRole('button', { name: 'Complete registration' }).click();
  await expect(page.getByText('Choose a blood type')).toBeVisible();
  await expectFitToSee(page, 'doctor-complete');
});

test('an emergency access and its review are accessible in both themes and fit a phone', async ({
  page,
  login,
  patient,
  browser,
}) => {
  await page.setViewportSize(DESKTOP);
  await login(STAFF.otherDoctor);
  await page.goto(`/patients/${patient.id}`);
  const open = page.getByRole('button', { name: 'Open for 30 minutes' });
  await open.click();
  await expect(page.getByText('Write at least 15 characters')).toBeVisible();
  await expectFitToSee(page, 'doctor-outside-care-team');
  await page.setViewportSize(DESKTOP);
  const reason = page.getByRole('textbox', { name: 'Why do you need this record now?' });
  await reason.fill('Found unconscious in the street');
  await open.click();
  await expect(page.getByRole('timer')).toBeVisible();
  await expectFitToSee(page, 'doctor-emergency-access');

  const officer = await (await browser.newContext({ viewport: DESKTOP })).newPage();
  await login(STAFF.officer, officer);
  await officer.goto('/emergency');
  const item = officer.getByRole('listitem').filter({ hasText: patient.id });
  await item.getByRole('button', { name: /^End the access of/ }).click();
  await item.getByRole('button', { name: 'Close the review' }).click();
  await expect(item.getByText('Choose a verdict')).toBeVisible();
  await expectFitToSee(officer, 'officer-emergency-review');
  await officer.context().close();
});

function shot(name: string, look: 'light' | 'dark' | 'phone'): string {
  return `test-results/screenshots/${name}-${look}.png`;
}

async function open(page: Page, visit: Visit, patient: TestPatient): Promise<void> {
  if (visit.who !== null) await resumeQuietly(page, visit.who);
  await page.goto(visit.path(patient));
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await visit.act?.(page, patient);
}

/** Axe in both themes, a screenshot of each and of a phone, and nothing wider than the phone. */
async function expectFitToSee(page: Page, name: string): Promise<void> {
  const found: string[] = [];
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path: shot(name, colorScheme), fullPage: true });
    const axe = new AxeBuilder({ page });
    // Only colours depend on the theme.
    const rules = colorScheme === 'light' ? axe.withTags(RULES) : axe.withRules(['color-contrast']);
    const { violations } = await rules.analyze();
    found.push(...violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html ?? ''}`));
  }
  expect(found).toEqual([]);

  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize({ width: 390, height: 844 });
  await page.screenshot({ path: shot(name, 'phone'), fullPage: true });
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  expect(width).toBeLessThanOrEqual(390);
}
