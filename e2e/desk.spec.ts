// The front desk's screen stands in public, and its registrations should not double anybody.
import { expect, fillContact, test } from './clinic';
import { inventPatient, STAFF } from './people';

test('My screen covers itself when I turn to another window, and a key brings back what I typed', async ({
  page,
  login,
}) => {
  await login(STAFF.receptionist);
  const box = page.getByRole('searchbox');
  await expect(box).toBeEnabled();
  await box.fill('Somebody');
  await page.evaluate(() => window.dispatchEvent(new Event('blur')));
  await expect(page.getByText('Screen covered')).toBeVisible();
  await expect(box).toBeHidden();
  await page.keyboard.press('x');
  await expect(box).toHaveValue('Somebody');
  await expect(box).toBeFocused();

  await page.getByRole('button', { name: 'Public screen on' }).click();
  await page.evaluate(() => window.dispatchEvent(new Event('blur')));
  await expect(page.getByRole('button', { name: 'Public screen off' })).toBeVisible();
  await expect(box).toBeVisible();
});

test('I am warned of somebody with such a name and birth date, and asked before typed data is lost', async ({
  page,
  login,
  patient,
}) => {
  await login(STAFF.receptionist);
  await page.goto('/desk/new');
  const twin = { ...inventPatient(), name: patient.name, dateOfBirth: patient.dateOfBirth };
  await page.getByRole('textbox', { name: 'Full name' }).fill(twin.name);
  await fillContact(page, twin);
  await page.getByRole('textbox', { name: 'Provider' }).fill(twin.provider);
  await page.getByRole('button', { name: 'Register patient' }).click();
  await expect(page.getByText('Someone with a similar name was born on this day')).toBeVisible();
  await expect(page.getByRole('link', { name: patient.name })).toBeVisible();

  const asked = new Promise<string>((resolve) => {
    page.once('dialog', (dialog) => {
      resolve(dialog.message());
      void dialog.dismiss();
    });
  });
  await page.getByRole('link', { name: 'Find a patient' }).click();
  expect(await asked).toContain('not saved');
  await expect(page).toHaveURL(/\/desk\/new$/);

  await page.getByRole('button', { name: 'Register anyway' }).click();
  await expect(page.getByText('Registration is not complete')).toBeVisible();
});

test('The slip on paper has the name and the record number, and nothing else of the patient', async ({
  page,
  login,
  patient,
}) => {
  await login(STAFF.receptionist);
  await page.goto(`/desk/${patient.id}`);
  await page.getByRole('button', { name: 'Show contact' }).click();
  await expect(page.getByText(patient.email)).toBeVisible();
  await page.emulateMedia({ media: 'print' });
  await expect(page.getByRole('heading', { name: patient.name })).toBeHidden();
  // Looked at while it is being printed: before and afterwards the page is closed to paper.
  const paper = await page.evaluate(
    () =>
      new Promise<string>((resolve) => {
        window.print = () => resolve(document.body.innerText);
        window.dispatchEvent(new KeyboardEvent('keydown', { key: 'p', ctrlKey: true }));
      }),
  );
  expect(paper).toContain(patient.name);
  expect(paper).toContain(patient.id);
  for (const hidden of [patient.email, patient.phone, patient.provider, patient.address]) {
    expect(paper).not.toContain(hidden);
  }
});
