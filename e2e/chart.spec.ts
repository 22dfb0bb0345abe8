// The chart as doctors read it: what is abnormal comes first, trends have their numbers, what was revealed hides again.
import type { Download, Page } from '@playwright/test';
import { readFile } from 'node:fs/promises';
import { expect, test } from './clinic';
import { dashed, STAFF } from './people';

test.beforeEach(async ({ page, login, patient }) => {
  await login(STAFF.doctor);
  await page.goto(`/patients/${patient.id}`);
});

async function measure(page: Page, values: Readonly<Record<string, string>>): Promise<void> {
  const form = page.getByRole('form', { name: 'Add measurement' });
  for (const [name, value] of Object.entries(values)) {
    await form.getByRole('textbox', { name }).fill(value);
  }
  await form.getByRole('button', { name: 'Save measurement' }).click();
  await expect(form.getByText(/Saved at/)).toBeVisible();
}

test('A number that I revealed hides itself after half a minute', async ({ page, patient }) => {
  await page.clock.install();
  await page.reload();
  await page.getByRole('button', { name: 'Show Social Security number' }).click();
  await expect(page.getByText(dashed(patient.ssn))).toBeVisible();
  await page.clock.runFor(29_000);
  await expect(page.getByText(dashed(patient.ssn))).toBeVisible();
  await page.clock.runFor(2_000);
  await expect(page.getByText(dashed(patient.ssn))).toHaveCount(0);
  expect(await page.content()).not.toContain(patient.ssn);
});

test('I see the worst of the last values first, in words as well as colour', async ({ page }) => {
  await measure(page, { 'Heart rate': '104', Systolic: '190', Diastolic: '85', Note: '=1+1' });
  const summary = page.getByRole('region', { name: 'Last vital signs' });
  await expect(summary.getByText('Measured just now')).toBeVisible();
  await expect(summary.getByRole('listitem')).toHaveText([/190\/85.*critically high/, /104.*high/]);
  const table = page.getByRole('region', { name: 'Visits table' });
  await expect(table.getByText('Hypertensive crisis')).toBeVisible();
  await expect(table.getByText('Normal 60–100')).toBeVisible();

  // Its file cannot become a formula in a spreadsheet.
  const started = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Export CSV' }).click();
  const file = await contentOf(await started);
  expect(file).toContain(`"'=1+1"`);
  expect(file).toContain('"104","190","85"');
});

test('I enlarge a trend, and read it as a table', async ({ page }) => {
  await measure(page, { Weight: '70' });
  await measure(page, { Weight: '68.6' });
  await page.getByRole('button', { name: 'Enlarge trend: Weight' }).click();
  const dialog = page.getByRole('dialog', { name: 'Weight' });
  await expect(dialog.getByRole('application')).toBeVisible();
  await dialog.getByRole('button', { name: 'As table' }).click();
  await expect(dialog.getByRole('row')).toHaveText([/Date/, /68\.6.*−1\.4 \(−2\.0%\)/, /70\.0/]);
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
});

test('On paper every visit is a row, as wide as the page, and no number is whole', async ({
  page,
  patient,
}) => {
  await measure(page, { Weight: '70', Note: 'Walks daily' });
  await measure(page, { Weight: '68.6', Systolic: '131', Diastolic: '84' });
  const table = page.getByRole('region', { name: 'Visits table' });
  await expect(table.getByText('Walks daily')).toBeVisible();
  await expect(table.getByText('131/84')).toBeVisible();
  await page.setViewportSize({ width: 700, height: 990 });
  await page.emulateMedia({ media: 'print' });
  const paper = await page.evaluate(
    () =>
      new Promise<{ text: string; rows: number; width: number }>((resolve) => {
        window.print = () => {
          const tables = [...document.querySelectorAll('table')].filter((one) =>
            one.checkVisibility(),
          );
          resolve({
            text: document.body.innerText,
            rows: tables.reduce((sum, table) => sum + table.rows.length, 0),
            width: document.documentElement.scrollWidth,
          });
        };
        window.dispatchEvent(new KeyboardEvent('keydown', { key: 'p', ctrlKey: true }));
      }),
  );
  expect(paper).toMatchObject({ rows: 4, width: 700 });
  for (const shown of [patient.name, '68.6', '131/84', 'Walks daily', patient.provider]) {
    expect(paper.text).toContain(shown);
  }
  for (const hidden of [patient.ssn, dashed(patient.ssn), patient.policyNumber]) {
    expect(paper.text).not.toContain(hidden);
  }
});

async function contentOf(download: Download): Promise<string> {
  return readFile(await download.path(), 'utf8');
}
