// The fixtures of every story: `login` signs a person in through the sign-in page, `patient` is someone
// whom a doctor has just registered. The database of a run is thrown away with the run.
import { expect, test as base, type Page } from '@playwright/test';
import { inventPatient, STAFF, type StaffName, type TestPatient } from './people';

interface Clinic {
  /** Signs `who` in on this test's page (or another one) and waits for the first working page. */
  login: (who: StaffName, page?: Page) => Promise<void>;
  /** A fresh, complete patient without visits. */
  patient: TestPatient;
}

export const test = base.extend<Clinic>({
  login: async ({ page }, use) => {
    await use((who, other) => signIn(other ?? page, who));
  },
  patient: async ({ browser }, use) => {
    const context = await browser.newContext();
    const page = await context.newPage();
    await signIn(page, STAFF.doctor);
    const patient = await registerPatient(page, inventPatient());
    await context.close();
    await use(patient);
  },
});

export { expect };

export async function signIn(page: Page, who: StaffName): Promise<void> {
  await page.goto('/sign-in');
  await page.getByRole('button', { name: who }).click();
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(page.getByRole('heading', { name: 'Find a patient' })).toBeVisible();
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
  // A date box has no role of its own, only its label.
  await page.getByLabel('Date of birth').fill(contact.dateOfBirth);
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
