// What leaves the server and what stays in the browser. Plants unique values and searches for them.
import { randomInt, randomUUID } from 'node:crypto';
import type { Page } from '@playwright/test';
import { expect, resume, searchFor, test, newSessionPage } from './clinic';
import { dashed, STAFF } from './people';

/** Forms in which a value could hide in a response: raw, dashed, base64, hex, reversed. */
function disguises(value: string): string[] {
  const bytes = Buffer.from(value);
  const reversed = value.split('').toReversed().join('');
  // Base64 has three alignments; the middle of each is the same wherever the value stands.
  const aligned = ['', 'a', 'bb'].map((pad) =>
    Buffer.from(pad + value)
      .toString('base64')
      .replace(/=+$/, '')
      .slice(pad === '' ? 0 : 4, -2),
  );
  return [value, bytes.toString('hex'), reversed, ...aligned];
}

/** Every response that `page` receives from here on: status line, headers and the whole body. */
async function listen(page: Page): Promise<string[]> {
  const received: string[] = [];
  // Asking the browser for a body afterwards loses those of pages that it has left; this loses none.
  await page.route('**/*', async (route) => {
    const response = await route.fetch({ maxRedirects: 0 });
    const body = await response.body();
    const head = JSON.stringify([response.status(), response.url(), response.headers()]);
    received.push(`${head}\n${body.toString('utf8')}`);
    await route.fulfill({ response, body });
  });
  return received;
}

/** Every address that `page` asks for from here on. */
function addresses(page: Page): string[] {
  const urls: string[] = [];
  page.on('request', (request) => urls.push(request.url()));
  return urls;
}

test('A receptionist’s browser never receives an SSN, policy number, blood type or vital sign', async ({
  page,
  browser,
  login,
  patient,
}) => {
  const note = `note-${randomUUID()}`;
  const weight = `${randomInt(150, 400)}.${randomInt(11, 99)}`;
  await login(STAFF.doctor);
  await page.goto(`/patients/${patient.id}`);
  const form = page.getByRole('form', { name: 'Add measurement' });
  await form.getByRole('textbox', { name: 'Weight' }).fill(weight);
  await form.getByRole('textbox', { name: 'Note' }).fill(note);
  await form.getByRole('button', { name: 'Save measurement' }).click();
  await expect(form.getByText(/Saved at/)).toBeVisible();

  const desk = await browser.newPage();
  await resume(desk, STAFF.receptionist);
  const responses = await listen(desk);
  await desk.reload();
  await searchFor(desk, patient.name);
  await desk.getByRole('link', { name: patient.name }).click();
  await desk.getByRole('button', { name: 'Show contact' }).click();
  await expect(desk.getByText(patient.email)).toBeVisible();
  const check = desk.getByRole('form', { name: 'Verify identity' });
  await check.getByRole('textbox', { name: 'Phone' }).fill(patient.phone);
  await check.getByRole('textbox', { name: 'Email' }).fill(patient.email);
  await check.getByRole('textbox', { name: 'Last four digits' }).fill(patient.ssn.slice(-4));
  await check.getByRole('button', { name: 'Check' }).click();
  await expect(desk.getByText('Match', { exact: true })).toBeVisible();
  await desk.reload();
  await desk.goto('/desk/new');
  await desk.goto(`/patients/${patient.id}`);
  await desk.goto('/nowhere');
  await expect(desk.getByRole('heading', { level: 1 })).toBeVisible();
  // What the page asked for beforehand may still be under way: it is received too.
  await desk.unrouteAll({ behavior: 'wait' });
  await desk.close();
  const received = responses.join('\n');

  // The scan works: what the desk may see is in there.
  expect(received.includes(patient.name)).toBe(true);
  expect(received.includes(patient.email)).toBe(true);
  const secrets = [patient.ssn, dashed(patient.ssn), patient.policyNumber, weight, note];
  for (const secret of secrets) {
    // Compared outside `expect`, whose failure would print every response.
    expect(disguises(secret).filter((disguise) => received.includes(disguise))).toEqual([]);
  }
  // The list of all blood types is in the program; a patient's one would come as a value.
  const programs = /_next\/static/;
  const data = responses.filter((response) => !programs.test(response.slice(0, 200))).join('\n');
  for (const field of ['bloodType', 'policyNumber', 'medicalRecords', 'heartRate']) {
    expect(data.includes(field)).toBe(false);
  }
});

test('No address, title or browser storage ever holds what a doctor searched or saw', async ({
  page,
  login,
  patient,
}) => {
  const urls = addresses(page);
  const titles: string[] = [];
  page.on('framenavigated', () => void page.title().then((title) => titles.push(title)));
  await login(STAFF.doctor);
  for (const text of [patient.ssn, dashed(patient.ssn), `P${patient.policyNumber}`, patient.name]) {
    await searchFor(page, text);
    await expect(page.getByRole('link', { name: patient.name })).toBeVisible();
  }
  await page.getByRole('link', { name: patient.name }).click();
  await page.getByRole('button', { name: 'Show Social Security number' }).click();
  await expect(page.getByText(dashed(patient.ssn))).toBeVisible();
  titles.push(await page.title());

  const secrets = [patient.ssn, dashed(patient.ssn), patient.policyNumber, patient.name];
  const stored = await page.evaluate(() =>
    JSON.stringify([
      Object.entries(localStorage),
      Object.entries(sessionStorage),
      document.cookie,
      history.state,
    ]),
  );
  for (const secret of secrets) {
    const encoded = encodeURIComponent(secret);
    const inUrls = urls.filter((url) => url.includes(secret) || url.includes(encoded));
    expect(inUrls).toEqual([]);
    expect(titles.filter((title) => title.includes(secret))).toEqual([]);
    expect(stored).not.toContain(secret);
  }
});

test('Opening a result list reads no record before someone opens one', async ({
  page,
  login,
  patient,
}) => {
  await login(STAFF.doctor);
  const urls = addresses(page);
  await searchFor(page, patient.name);
  await page.getByRole('link', { name: patient.name }).hover();
  await expect(page.getByRole('link', { name: patient.name })).toBeVisible();
  expect(urls.filter((url) => url.includes(patient.id))).toEqual([]);
});

test('Every page comes uncached, unframeable and with scripts by nonce only', async ({
  page,
  login,
  patient,
}) => {
  const problems: string[] = [];
  page.on('console', (message) => {
    if (/Content Security Policy/i.test(message.text())) problems.push(message.text());
  });
  await login(STAFF.doctor);
  const nonces = new Set<string>();
  for (const path of ['/sign-in', '/patients', '/patients/new', `/patients/${patient.id}`]) {
    const headers = (await page.goto(path))?.headers() ?? {};
    expect(headers['cache-control']).toContain('no-store');
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['referrer-policy']).toBe('no-referrer');
    expect(headers['cross-origin-opener-policy']).toBe('same-origin');
    expect(headers['x-powered-by']).toBeUndefined();
    const policy = headers['content-security-policy'] ?? '';
    for (const rule of ["object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"]) {
      expect(policy).toContain(rule);
    }
    expect(policy).not.toContain('unsafe');
    nonces.add(/'nonce-([^']+)'/.exec(policy)?.[1] ?? '');
  }
  expect(nonces.size).toBe(4);
  expect(problems).toEqual([]);
  // A proxy that ends TLS says so; over plain HTTP the header would mean nothing.
  const hsts = async (headers: Record<string, string>) =>
    (await page.request.get('/sign-in', { headers })).headers()['strict-transport-security'];
  expect(await hsts({ 'X-Forwarded-Proto': 'https' })).toBe('max-age=31536000; includeSubDomains');
  expect(await hsts({})).toBeUndefined();
});

test('No script that a browser can get holds what belongs on the server', async ({
  page: reader,
  browser,
}) => {
  const scripts = new Set<string>();
  for (const who of [STAFF.doctor, STAFF.receptionist, STAFF.officer]) {
    const page = await newSessionPage(browser, who);
    page.on('request', (request) => {
      if (request.resourceType() === 'script') scripts.add(request.url());
    });
    await page.goto('/');
    await expect(page.getByRole('button', { name: 'Commands' })).toBeEnabled();
    await page.keyboard.press('Control+k');
    await expect(page.getByRole('dialog')).toBeVisible();
    await page.context().close();
  }
  expect(scripts.size).toBeGreaterThan(15);
  const found: string[] = [];
  let bytes = 0;
  for (const url of scripts) {
    const text = await (await reader.request.get(url)).text();
    bytes += text.length;
    found.push(...SERVER_ONLY.filter((marker) => text.includes(marker)));
  }
  expect(found).toEqual([]);
  expect(bytes).toBeGreaterThan(500_000);
});

/** Of the driver, the encryption module, the data layer and the settings. */
const SERVER_ONLY = [
  ...['mongodb://', 'AEAD_AES_256_CBC_HMAC_SHA_512', '__keyVault', 'MongoCryptError'],
  ...['MEDCO_MASTER_KEY_FILE', 'NEXTAUTH_SECRET', 'argon2id', 'keyAltNames', 'auditLog'],
];
