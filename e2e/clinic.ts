// The fixtures of every story: `login` gives the test's page a person's session, `patient` is someone
// whom a doctor has just registered. The database of a run is thrown away with the run.
import {
  expect,
  test as base,
  type Browser,
  type BrowserContext,
  type Page,
} from '@playwright/test';
import { inventPatient, STAFF, type StaffName, type TestPatient } from './people';

type Cookies = Awaited<ReturnType<BrowserContext['cookies']>>;

interface Clinic {
  /** Opens `who`'s first working page on this test's page, or on another one. */
  login: (who: StaffName, page?: Page) => Promise<void>;
  /** A fresh, complete patient without visits. */
  patient: TestPatient;
}

interface Worker {
  /** Where this worker's patients are registered: one page with a warm cache for all of them. */
  registrar: Page;
  /** One complete patient for tests that change nothing about them. */
  anyPatient: TestPatient;
}

/** Sessions of this worker's earlier tests, to spare each test the password hash. */
const sessions = new Map<StaffName, Cookies>();

export const test = base.extend<Clinic, Worker>({
  login: async ({ page }, use) => {
    await use((who, other) => resume(other ?? page, who));
  },
  patient: async ({ registrar }, use) => {
    await use(await registeredPatient(registrar));
  },
  registrar: [
    async ({ browser }, use) => {
      const page = await browser.newPage();
      await use(page);
      await page.context().close();
    },
    { scope: 'worker' },
  ],
  anyPatient: [
    async ({ registrar }, use) => {
      await use(await registeredPatient(registrar));
    },
    { scope: 'worker' },
  ],
});

export { expect };

/** Signs in through the sign-in page, as a new session. */
export async function signIn(page: Page, who: StaffName): Promise<void> {
  await page.goto('/sign-in');
  await page.getByRole('button', { name: who }).click();
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(
    page.getByRole('heading', { name: /^(Find a patient|Data keys)$/, level: 1 }),
  ).toBeVisible();
}

/** Goes on with `who`'s session on their first page, or signs in if there is none or it has ended meanwhile. */
export async function resume(page: Page, who: StaffName): Promise<void> {
  if (await holdsSession(page, who)) await page.goto('/');
  else await startSession(page, who);
}

/** Like `resume`, but opens no page where there is a session: for who goes on to a certain page at once. */
export async function resumeQuietly(page: Page, who: StaffName): Promise<void> {
  if (!(await holdsSession(page, who))) await startSession(page, who);
}

async function holdsSession(page: Page, who: StaffName): Promise<boolean> {
  const cookies = sessions.get(who);
  if (cookies === undefined) return false;
  await page.context().addCookies(cookies);
  const answer = await page.request.get('/');
  if (!answer.url().includes('/sign-in')) return true;
  await page.context().clearCookies();
  return false;
}

async function startSession(page: Page, who: StaffName): Promise<void> {
  await signIn(page, who);
  sessions.set(who, await page.context().cookies());
}

/** A page with `who`'s session and an empty cache; closing its context is the caller's. */
export async function newSessionPage(browser: Browser, who: StaffName | null): Promise<Page> {
  const before = await browser.newPage();
  if (who !== null) await resumeQuietly(before, who);
  const cookies = await before.context().cookies();
  await before.close();
  const page = await browser.newPage();
  await page.context().addCookies(cookies);
  return page;
}

async function registeredPatient(registrar: Page): Promise<TestPatient> {
  await resumeQuietly(registrar, STAFF.doctor);
  return registerPatient(registrar, inventPatient());
}

/** Fills the doctors' registration form and returns the patient with the new record's id. */
export async function registerPatient(
  page: Page,
  patient: Omit<TestPatient, 'id'>,
): Promise<TestPatient> {
  await page.goto('/patients/new');
  await fillRegistration(page, patient);
  await page.getByRole('button', { name: 'Register patient' }).click();
  await expect(page.getByRole('heading', { name: patient.name })).toBeVisible();
  return { ...patient, id: lastSegment(page) };
}

export async function fillRegistration(
  page: Page,
  patient: Omit<TestPatient, 'id'>,
): Promise<void> {
  await page.getByRole('textbox', { name: 'Full name' }).fill(patient.name);
  await page.getByRole('textbox', { name: 'Social Security number' }).fill(patient.ssn);
  await page.getByRole('combobox', { name: 'Blood type' }).selectOption(patient.bloodType);
  await fillContact(page, patient);
  await page.getByRole('textbox', { name: 'Provider' }).fill(patient.provider);
  await page.getByRole('textbox', { name: 'Policy number' }).fill(patient.policyNumber);
}

export async function fillContact(
  page: Page,
  contact: Pick<TestPatient, 'dateOfBirth' | 'phone' | 'email' | 'address'>,
): Promise<void> {
  // A date box has no role of its own, only its label; the search box has a longer one.
  await page.getByLabel('Date of birth', { exact: true }).fill(contact.dateOfBirth);
  await page.getByRole('textbox', { name: 'Phone' }).fill(contact.phone);
  await page.getByRole('textbox', { name: 'Email' }).fill(contact.email);
  await page.getByRole('textbox', { name: 'Address' }).fill(contact.address);
}

/** Types into the search box and presses Enter. */
export async function searchFor(page: Page, text: string): Promise<void> {
  await page.getByRole('searchbox').fill(text);
  await page.getByRole('searchbox').press('Enter');
}

/** The last part of the page's address: the id on a patient's page. */
export function lastSegment(page: Page): string {
  return new URL(page.url()).pathname.split('/').at(-1) ?? '';
}
