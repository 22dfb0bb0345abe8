// Who may open a record, and what happens when somebody else has to: nobody is kept out in an emergency, or in unseen.
import { expect, searchFor, test } from './clinic';
import { STAFF } from './people';

test('In an emergency I open a record of another care team, say why, and an officer reviews it', async ({
  page,
  login,
  patient,
  browser,
}) => {
  await login(STAFF.otherDoctor);
  await page.goto('/patients');
  await searchFor(page, patient.phone);
  const hit = page.getByRole('link', { name: patient.name });
  await expect(hit).toContainText('Outside your care team');
  await hit.click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(
    /not in this patient’s care team/,
  );
  await expect(page.getByText(`In the care team: ${STAFF.doctor}`)).toBeVisible();
  expect(await page.content()).not.toContain(patient.email);

  const gate = page.getByRole('form', { name: 'Emergency access' });
  const reason = gate.getByRole('textbox', { name: 'Why do you need this record now?' });
  await reason.fill('urgent');
  await gate.getByRole('button', { name: 'Open for 30 minutes' }).click();
  await expect(reason).toHaveAttribute('aria-invalid', 'true');
  const words = 'Found unconscious in the street';
  await reason.fill(words);
  await gate.getByRole('button', { name: 'Open for 30 minutes' }).click();

  const banner = page.getByRole('region', { name: 'Emergency access' });
  await expect(banner.getByRole('timer')).toHaveText(/^(30:00|29:\d\d)$/);
  await expect(page.getByRole('heading', { name: patient.name })).toBeVisible();
  await banner.getByRole('button', { name: 'End now' }).click();
  await expect(gate).toBeVisible();
  await page.reload();
  await expect(gate).toBeVisible();
  expect(await page.content()).not.toContain(patient.email);

  const officer = await (await browser.newContext()).newPage();
  await login(STAFF.officer, officer);
  await officer.goto('/emergency');
  const item = officer.getByRole('listitem').filter({ hasText: patient.id });
  await expect(item).toContainText(STAFF.otherDoctor);
  await expect(item).toContainText(words);
  await expect(item).toContainText('Record opened');
  expect(await officer.content()).not.toContain(patient.name);
  await item.getByRole('combobox', { name: 'Verdict' }).selectOption('Needs follow-up');
  await item.getByRole('button', { name: 'Close the review' }).click();
  await expect(item.getByRole('textbox', { name: 'Note' })).toHaveAttribute('aria-invalid', 'true');
  await item.getByRole('textbox', { name: 'Note' }).fill('Ask the ward who called');
  await item.getByRole('button', { name: 'Close the review' }).click();
  const reviewed = officer.getByRole('list', { name: 'Reviewed' }).getByRole('listitem');
  await expect(reviewed.filter({ hasText: patient.id })).toContainText(
    `Needs follow-up, by ${STAFF.officer}`,
  );
  await officer.context().close();
});

test('A colleague whom I add to the care team opens the record like me', async ({
  page,
  login,
  patient,
  browser,
}) => {
  await login(STAFF.doctor);
  await page.goto(`/patients/${patient.id}`);
  const team = page.getByRole('region', { name: 'Care team' });
  await team.getByText('Change').click();
  await team.getByRole('combobox', { name: 'Doctor to add' }).selectOption(STAFF.otherDoctor);
  await team.getByRole('button', { name: 'Add to care team' }).click();
  await expect(
    team.getByRole('button', { name: `Remove ${STAFF.otherDoctor} from the care team` }),
  ).toBeVisible();

  const colleague = await (await browser.newContext()).newPage();
  await login(STAFF.otherDoctor, colleague);
  await colleague.goto(`/patients/${patient.id}`);
  await expect(colleague.getByRole('heading', { name: patient.name })).toBeVisible();
  await expect(colleague.getByRole('timer')).toHaveCount(0);
  await colleague.context().close();
});
