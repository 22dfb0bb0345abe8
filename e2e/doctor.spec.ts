// A doctor's day, in the words of one.
import { expect, fillRegistration, registerPatient, searchFor, test } from './clinic';
import { dashed, inventPatient, STAFF } from './people';

test.describe('As a doctor I find a patient', () => {
  test.beforeEach(({ login }) => login(STAFF.doctor));

  test('by Social Security number, typed with dashes', async ({ page, patient }) => {
    await searchFor(page, dashed(patient.ssn));
    await expect(page.getByText('1 patient found')).toBeVisible();
    await page.getByRole('link', { name: patient.name }).click();
    await expect(page.getByRole('heading', { name: patient.name })).toBeVisible();
  });

  test('by Social Security number, typed without dashes', async ({ page, patient }) => {
    await searchFor(page, patient.ssn);
    await expect(page.getByRole('link', { name: patient.name })).toBeVisible();
    await expect(page.getByText('searched by Social Security number')).toBeVisible();
  });

  test('by name, last name first and without capitals', async ({ page, patient }) => {
    await searchFor(page, patient.name.toLowerCase().split(' ').reverse().join(' '));
    await expect(page.getByRole('link', { name: patient.name })).toBeVisible();
  });

  test('by policy number', async ({ page, patient }) => {
    await searchFor(page, `P ${patient.policyNumber}`);
    await expect(page.getByRole('link', { name: patient.name })).toBeVisible();
    await expect(page.getByText('searched by policy number')).toBeVisible();
  });

  test('by phone', async ({ page, patient }) => {
    await searchFor(page, patient.phone);
    await expect(page.getByRole('link', { name: patient.name })).toBeVisible();
  });

  test('and hear clearly when there is none', async ({ page }) => {
    await searchFor(page, 'Zzyzx Nobodysname');
    await expect(page.getByText('No patient found')).toBeVisible();
    await expect(page.getByRole('link', { name: 'Register a patient' }).last()).toBeVisible();
  });

  test('and hear clearly when the clinic server does not answer', async ({ page }) => {
    await page.route('**/patients', (route) =>
      route.request().method() === 'POST' ? route.abort() : route.continue(),
    );
    await searchFor(page, 'Ottilie');
    await expect(page.getByRole('alert').getByText('did not answer')).toBeVisible();
    await expect(page.getByRole('searchbox')).toHaveValue('Ottilie');
  });

  test('and find my result list again when I come back from a record', async ({
    page,
    patient,
  }) => {
    await searchFor(page, patient.name);
    await page.getByRole('link', { name: patient.name }).click();
    await expect(page.getByRole('heading', { name: patient.name })).toBeVisible();
    await page.goBack();
    await expect(page.getByRole('link', { name: patient.name })).toBeVisible();
    await expect(page.getByRole('searchbox')).toHaveValue(patient.name);
  });
});

test.describe('As a doctor I work with a record', () => {
  test.beforeEach(async ({ login, page, patient }) => {
    await login(STAFF.doctor);
    await page.goto(`/patients/${patient.id}`);
  });

  test('and see identity, blood type, insurance and contact, the policy number when I ask for it', async ({
    page,
    patient,
  }) => {
    await expect(page.getByRole('heading', { name: patient.name })).toBeVisible();
    await expect(page.getByText('AB-')).toBeVisible();
    const insurance = page.getByRole('region', { name: 'Insurance' });
    await expect(insurance.getByText(patient.provider)).toBeVisible();
    expect(await page.content()).not.toContain(patient.policyNumber);
    await insurance.getByRole('button', { name: 'Show policy number' }).click();
    await expect(insurance.getByText(patient.policyNumber)).toBeVisible();
    await insurance.getByRole('button', { name: 'Hide policy number' }).click();
    await expect(insurance.getByText(patient.policyNumber)).toHaveCount(0);
    const contact = page.getByRole('region', { name: 'Contact' });
    await expect(contact.getByText(patient.email)).toBeVisible();
    await expect(page.getByText('No visits yet')).toBeVisible();
  });

  test('and see the whole number only after I press Show', async ({ page, patient }) => {
    expect(await page.content()).not.toContain(patient.ssn);
    expect(await page.content()).not.toContain(dashed(patient.ssn));
    await page.getByRole('button', { name: 'Show Social Security number' }).click();
    await expect(page.getByText(dashed(patient.ssn))).toBeVisible();
    await page.getByRole('button', { name: 'Hide Social Security number' }).click();
    await expect(page.getByText(dashed(patient.ssn))).toHaveCount(0);
  });

  test('and add a measurement that appears at once and survives a reload', async ({ page }) => {
    const form = page.getByRole('form', { name: 'Add measurement' });
    await form.getByRole('textbox', { name: 'Weight' }).fill('71.3');
    await form.getByRole('textbox', { name: 'Heart rate' }).fill('66');
    await form.getByRole('textbox', { name: 'Systolic' }).fill('121');
    await form.getByRole('textbox', { name: 'Diastolic' }).fill('79');
    await form.getByRole('textbox', { name: 'Note' }).fill('Slept badly');
    await form.getByRole('button', { name: 'Save measurement' }).click();

    const visits = page.getByRole('region', { name: 'Visits table' });
    const seen = async (): Promise<void> => {
      for (const [line, text] of [
        ['Weight', '71.3'],
        ['Heart rate', '66'],
        ['Blood pressure', '121/79'],
        ['Note', 'Slept badly'],
        ['Measured by', 'Okafor'],
      ] as const) {
        await expect(visits.getByRole('row', { name: line }).getByRole('cell')).toContainText(text);
      }
    };
    await seen();
    await expect(form.getByText(/Saved at \d\d:\d\d/)).toBeVisible();
    await expect(form.getByRole('textbox', { name: 'Weight' })).toHaveValue('');
    await page.reload();
    await seen();
  });

  test('and see trends once there are two measurements', async ({ page }) => {
    const form = page.getByRole('form', { name: 'Add measurement' });
    for (const [weight, systolic] of [
      ['70', '120'],
      ['71.5', '126'],
    ] as const) {
      await form.getByRole('textbox', { name: 'Weight' }).fill(weight);
      await form.getByRole('textbox', { name: 'Systolic' }).fill(systolic);
      await form.getByRole('textbox', { name: 'Diastolic' }).fill('80');
      await form.getByRole('button', { name: 'Save measurement' }).click();
      await expect(form.getByText(/Saved at/)).toBeVisible();
    }
    const weight = page.getByRole('figure', { name: 'Weight' });
    await expect(weight.getByText('71.5', { exact: true })).toBeVisible();
    await expect(weight.getByText('+1.5 (+2.1%) since last')).toBeVisible();
    await expect(weight.getByRole('application')).toBeVisible();
    const pressure = page.getByRole('figure', { name: 'Blood pressure' });
    await expect(pressure.getByText('+6/±0 since last')).toBeVisible();
    await expect(
      page.getByRole('figure', { name: 'Heart rate' }).getByText('Not measured yet'),
    ).toBeVisible();
  });

  test('and get told beside the box what is wrong, without losing what I typed', async ({
    page,
  }) => {
    const form = page.getByRole('form', { name: 'Add measurement' });
    await expect(form.getByRole('button', { name: 'Save measurement' })).toBeDisabled();
    await form.getByRole('textbox', { name: 'Note' }).fill('Slept badly');
    await form.getByRole('button', { name: 'Save measurement' }).click();
    await expect(form.getByText('Enter at least one vital sign')).toBeVisible();

    await form.getByRole('textbox', { name: 'Weight' }).fill('9000');
    await form.getByRole('textbox', { name: 'Systolic' }).fill('70');
    await form.getByRole('textbox', { name: 'Diastolic' }).fill('110');
    await form.getByRole('button', { name: 'Save measurement' }).click();
    await expect(form.getByText('Enter a value between 2 and 650 kg')).toBeVisible();
    await form.getByRole('textbox', { name: 'Weight' }).fill('90');
    await form.getByRole('button', { name: 'Save measurement' }).click();
    await expect(form.getByText('Systolic is higher than diastolic')).toBeVisible();
    await expect(form.getByRole('textbox', { name: 'Diastolic' })).toHaveValue('110');
    await expect(page.getByText('No visits yet')).toBeVisible();
  });

  test('and keep what I typed when the server does not answer', async ({ page }) => {
    const form = page.getByRole('form', { name: 'Add measurement' });
    await page.route('**/patients/*', (route) => route.abort());
    await form.getByRole('textbox', { name: 'Heart rate' }).fill('64');
    await form.getByRole('button', { name: 'Save measurement' }).click();
    await expect(form.getByRole('alert').getByText('did not answer')).toBeVisible();
    await expect(form.getByRole('textbox', { name: 'Heart rate' })).toHaveValue('64');
    await page.unroute('**/patients/*');
    await form.getByRole('button', { name: 'Save measurement' }).click();
    await expect(page.getByRole('row', { name: /64/ })).toBeVisible();
  });

  test('and change the insurance', async ({ page }) => {
    await page.getByRole('button', { name: 'Edit insurance' }).click();
    const form = page.getByRole('form', { name: 'Edit insurance' });
    await form.getByRole('textbox', { name: 'Provider' }).fill('Northern Light Health');
    await form.getByRole('textbox', { name: 'Policy number' }).fill('1700000123');
    await form.getByRole('button', { name: 'Save insurance' }).click();
    const insurance = page.getByRole('region', { name: 'Insurance' });
    await expect(insurance.getByText('Northern Light Health')).toBeVisible();
    await expect(page.getByRole('button', { name: 'Edit insurance' })).toBeFocused();
    await page.reload();
    await insurance.getByRole('button', { name: 'Show policy number' }).click();
    await expect(insurance.getByText('1700000123')).toBeVisible();
  });

  test('and correct the contact data', async ({ page }) => {
    await page.getByRole('button', { name: 'Edit contact' }).click();
    const form = page.getByRole('form', { name: 'Edit contact' });
    await form.getByRole('textbox', { name: 'Address' }).fill('7 Quay Street, Springfield');
    await form.getByRole('button', { name: 'Save contact' }).click();
    const contact = page.getByRole('region', { name: 'Contact' });
    await expect(contact.getByText('7 Quay Street, Springfield')).toBeVisible();
  });
});

test.describe('As a doctor I register patients', () => {
  test.beforeEach(({ login }) => login(STAFF.doctor));

  test('and land on their new record', async ({ page }) => {
    const registered = await registerPatient(page, inventPatient());
    await expect(page).toHaveURL(`/patients/${registered.id}`);
  });

  test('but not two with one Social Security number', async ({ page, patient }) => {
    await page.goto('/patients/new');
    const other = inventPatient();
    await fillRegistration(page, { ...other, ssn: patient.ssn });
    await page.getByRole('button', { name: 'Register patient' }).click();
    const box = page.getByRole('textbox', { name: 'Social Security number' });
    await expect(box).toHaveAccessibleDescription(/already registered/);
    await expect(box).toBeFocused();
    await expect(page.getByRole('textbox', { name: 'Full name' })).toHaveValue(other.name);
  });

  test('but not with a number that could be somebody’s', async ({ page }) => {
    await page.goto('/patients/new');
    await page.getByRole('textbox', { name: 'Social Security number' }).fill('123-45-6789');
    await page.getByRole('button', { name: 'Register patient' }).click();
    await expect(page.getByText('This demo takes only made-up numbers')).toBeVisible();
    await expect(page.getByRole('textbox', { name: 'Full name' })).toBeFocused();
  });
});
