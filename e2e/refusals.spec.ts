// For each "can" the other role's "cannot": pages asked for directly, and server actions replayed with
// the other person's session, as if the screens did not exist.
import type { APIRequestContext, Browser, Page } from '@playwright/test';
import { expect, fillContact, fillRegistration, resume, searchFor, test } from './clinic';
import { recordAction, replayAction, type ActionCall } from './action-call';
import { inventPatient, STAFF, type StaffName, type TestPatient } from './people';

async function sessionOf(browser: Browser, who: StaffName): Promise<APIRequestContext> {
  const context = await browser.newContext();
  await resume(await context.newPage(), who);
  return context.request;
}

async function expectRefused(
  request: APIRequestContext,
  call: ActionCall,
  code: 'FORBIDDEN' | 'SIGNED_OUT',
): Promise<void> {
  const response = await replayAction(request, call);
  const text = await response.text();
  expect(text).toContain(`"code":"${code}"`);
  expect(text).toContain('"ok":false');
}

test.describe('A receptionist cannot', () => {
  for (const path of ['/patients', '/patients/new']) {
    test(`open ${path}`, async ({ page, login }) => {
      await login(STAFF.receptionist);
      const response = await page.goto(path);
      expect(response?.status()).toBe(403);
      await expect(
        page.getByRole('heading', { name: 'This page is not for your role' }),
      ).toBeVisible();
      await expect(page.getByRole('searchbox')).toHaveCount(0);
      await expect(page.getByRole('button', { name: 'Sign out' })).toBeVisible();
    });
  }

  test('open a record, whether it exists or not', async ({ page, login, patient }) => {
    await login(STAFF.receptionist);
    for (const id of [patient.id, '000000000000000000000000']) {
      for (const path of [`/patients/${id}`, `/patients/${id}/complete`]) {
        const response = await page.goto(path);
        expect(response?.status()).toBe(403);
        expect(await response?.text()).not.toContain(patient.name);
      }
    }
  });

  test('add a measurement by calling the action', async ({ page, login, patient, browser }) => {
    await login(STAFF.doctor);
    await page.goto(`/patients/${patient.id}`);
    const form = page.getByRole('form', { name: 'Add measurement' });
    await form.getByRole('textbox', { name: 'Heart rate' }).fill('71');
    const call = await recordAction(page, () =>
      form.getByRole('button', { name: 'Save measurement' }).click(),
    );
    await expect(page.getByRole('cell', { name: /71/ })).toHaveCount(1);
    await expectRefused(await sessionOf(browser, STAFF.receptionist), call, 'FORBIDDEN');
    await page.reload();
    await expect(page.getByText('1 visit', { exact: true })).toBeVisible();
  });

  test('see a Social Security number by calling the action', async ({
    page,
    login,
    patient,
    browser,
  }) => {
    await login(STAFF.doctor);
    await page.goto(`/patients/${patient.id}`);
    const call = await recordAction(page, () =>
      page.getByRole('button', { name: 'Show Social Security number' }).click(),
    );
    expect(await (await replayAction(page.request, call)).text()).toContain(patient.ssn);
    const desk = await sessionOf(browser, STAFF.receptionist);
    await expectRefused(desk, call, 'FORBIDDEN');
    expect(await (await replayAction(desk, call)).text()).not.toContain(patient.ssn);
  });

  test('change the insurance by calling the action', async ({ page, login, patient, browser }) => {
    await login(STAFF.doctor);
    await page.goto(`/patients/${patient.id}`);
    await page.getByRole('button', { name: 'Edit insurance' }).click();
    const call = await recordAction(page, () =>
      page.getByRole('button', { name: 'Save insurance' }).click(),
    );
    const forged = { ...call, body: call.body.replace(patient.provider, 'Forged Insurance') };
    await expectRefused(await sessionOf(browser, STAFF.receptionist), forged, 'FORBIDDEN');
    await page.reload();
    await expect(page.getByText(patient.provider)).toBeVisible();
  });

  test('register a full record by calling the action', async ({ page, login, browser }) => {
    await login(STAFF.doctor);
    await page.goto('/patients/new');
    const invented = inventPatient();
    await fillRegistration(page, invented);
    // The question for similar patients may pass; the registration itself must not.
    await page.route('**/patients/new', (route) =>
      route.request().postData()?.includes(invented.phone) ? route.abort() : route.continue(),
    );
    const call = await recordAction(
      page,
      () => page.getByRole('button', { name: 'Register patient' }).click(),
      invented.phone,
    );
    await expect(page.getByText('The clinic server did not answer')).toBeVisible();
    await page.unroute('**/patients/new');
    page.once('dialog', (dialog) => void dialog.accept());
    await expectRefused(await sessionOf(browser, STAFF.receptionist), call, 'FORBIDDEN');
    await page.goto('/patients');
    await searchFor(page, invented.name);
    await expect(page.getByText('No patient found')).toBeVisible();
  });

  test('find anyone by whole number or policy number through the doctors’ search action', async ({
    page,
    login,
    patient,
    browser,
  }) => {
    await login(STAFF.doctor);
    const desk = await sessionOf(browser, STAFF.receptionist);
    for (const text of [patient.ssn, `P ${patient.policyNumber}`]) {
      const call = await recordAction(page, () => searchFor(page, text));
      expect(await (await replayAction(page.request, call)).text()).toContain(patient.name);
      const answer = await (await replayAction(desk, call)).text();
      expect(answer).not.toContain(patient.name);
      expect(answer).not.toContain(patient.id);
    }
  });
});

test.describe('A doctor cannot', () => {
  test('open the front desk', async ({ page, login, patient }) => {
    await login(STAFF.doctor);
    for (const path of ['/desk', '/desk/new', `/desk/${patient.id}`]) {
      expect((await page.goto(path))?.status()).toBe(403);
    }
  });

  test('verify an identity, register at the desk or read a card by calling the actions', async ({
    page,
    login,
    patient,
    browser,
  }) => {
    await login(STAFF.receptionist);
    const office = await sessionOf(browser, STAFF.doctor);
    for (const call of await deskCalls(page, patient)) {
      await expectRefused(office, call, 'FORBIDDEN');
    }
  });
});

test.describe('Someone who is not signed in cannot', () => {
  test('open any page, and the sign-in page holds nothing of a patient', async ({
    request,
    patient,
  }) => {
    const { id } = patient;
    for (const path of ['/', '/patients', '/patients/new', `/patients/${id}`, `/desk/${id}`]) {
      const response = await request.get(path, { maxRedirects: 0 });
      expect(response.status()).toBe(307);
      expect(response.headers()['location']).toMatch(/\/sign-in$/);
      expect(await response.text()).not.toContain(patient.name);
    }
  });

  test('call any action, even with a made-up session cookie', async ({
    page,
    login,
    patient,
    browser,
  }) => {
    await login(STAFF.doctor);
    await page.goto(`/patients/${patient.id}`);
    const show = await recordAction(page, () =>
      page.getByRole('button', { name: 'Show Social Security number' }).click(),
    );
    const stranger = await browser.newContext();
    await expectRefused(stranger.request, show, 'SIGNED_OUT');
    await stranger.addCookies([
      { name: 'medcomd.session', value: 'made-up', url: new URL(show.url).origin },
    ]);
    await expectRefused(stranger.request, show, 'SIGNED_OUT');
    const opened = await stranger.request.get(`/patients/${patient.id}`);
    expect(opened.url()).toMatch(/\/sign-in$/);
    await stranger.close();
  });
});

test.describe('Nobody can', () => {
  test('smuggle operators, extra fields or another site’s form into an action', async ({
    page,
    login,
    patient,
  }) => {
    await login(STAFF.doctor);
    const call = await recordAction(page, () => searchFor(page, patient.name));
    const operator = JSON.stringify([{ text: { $ne: null }, page: 1 }]);
    const extra = JSON.stringify([{ text: patient.name, page: 1, role: 'officer' }]);
    for (const body of [operator, extra]) {
      const answer = await (await replayAction(page.request, call, { body })).text();
      expect(answer).toContain('"code":"INVALID"');
      expect(answer).not.toContain(patient.id);
    }
    const foreign = await replayAction(page.request, call, { origin: 'https://evil.example' });
    expect(foreign.ok()).toBe(false);
    expect(await foreign.text()).not.toContain(patient.id);
    const draftFrom = (origin: string) =>
      page.request.post(`/patients/${patient.id}/draft`, { headers: { origin }, data: {} });
    expect((await draftFrom('https://evil.example')).status()).toBe(403);
    // From the clinic itself it is read, and refused for what it holds.
    expect((await draftFrom(new URL(page.url()).origin)).status()).toBe(409);
  });

  test('name a patient by something that is no id', async ({ page, login, patient }) => {
    await login(STAFF.doctor);
    await page.goto(`/patients/${patient.id}`);
    const call = await recordAction(page, () =>
      page.getByRole('button', { name: 'Show Social Security number' }).click(),
    );
    for (const id of [{ $gt: '' }, null, 'x', '000000000000000000000000']) {
      const answer = await replayAction(page.request, call, { body: JSON.stringify([id]) });
      expect(await answer.text()).toContain('"code":"NOT_FOUND"');
    }
    await page.goto('/patients/000000000000000000000000');
    await expect(page.getByRole('heading', { name: 'There is no such patient' })).toBeVisible();
  });
});

async function deskCalls(page: Page, patient: TestPatient): Promise<ActionCall[]> {
  await page.goto(`/desk/${patient.id}`);
  const read = await recordAction(page, () =>
    page.getByRole('button', { name: 'Show contact' }).click(),
  );
  const form = page.getByRole('form', { name: 'Verify identity' });
  await form.getByLabel('Date of birth').fill(patient.dateOfBirth);
  await form.getByRole('textbox', { name: 'Phone' }).fill(patient.phone);
  await form.getByRole('textbox', { name: 'Last four digits' }).fill(patient.ssn.slice(-4));
  const verify = await recordAction(page, () =>
    form.getByRole('button', { name: 'Check' }).click(),
  );
  await page.goto('/desk/new');
  const invented = inventPatient();
  await page.getByRole('textbox', { name: 'Full name' }).fill(invented.name);
  await fillContact(page, invented);
  await page.getByRole('textbox', { name: 'Provider' }).fill(invented.provider);
  const register = await recordAction(
    page,
    () => page.getByRole('button', { name: 'Register patient' }).click(),
    invented.phone,
  );
  return [read, verify, register];
}
