/** The whole job of a clerk in practice, from the stick to the receipt, seen by a browser at the address alone. */
import type { Page } from 'playwright-core';
import { goTo, grid, openBatch } from '../window/clerk.ts';

/** Wine is slow, and so is a computer of which others want something. */
export const PATIENCE_MS = 15 * 60_000;

async function signInAs(page: Page, user: string): Promise<void> {
  const dialog = page.getByRole('dialog');
  await dialog
    .getByRole('group', { name: /practice/i })
    .getByRole('button', { name: user, exact: true })
    .click();
  await dialog.locator('button[type=submit]').click();
}

/** @throws where a step does not come about */
export async function doTheJob(page: Page): Promise<void> {
  page.setDefaultTimeout(PATIENCE_MS);
  const stick = page.getByRole('region', { name: 'Practice stick' });
  await stick.getByRole('button', { name: /^Import \d+ exports?$/ }).click();
  await stick.getByText('Everything was imported.').waitFor();

  await goTo(page, 'Review');
  await page.getByRole('button', { name: 'Compare', exact: true }).click();
  await signInAs(page, 'sup_online');
  await page.getByText(/records? compared/).waitFor();

  await openBatch(page, 'chw1');
  const approve = page.getByRole('button', { name: /^Approve \d+ ordinary records$/ });
  const ordinary = Number(/\d+/.exec(await approve.innerText())?.[0]);
  if (!(ordinary > 0)) throw new Error('no ordinary records');
  await approve.click();
  await grid(page).waitFor();

  await goTo(page, 'Outbox');
  await page.getByRole('button', { name: `Send ${ordinary} records` }).click();
  await signInAs(page, 'chw1');
  await page.getByRole('region', { name: 'Result' }).getByText(`${ordinary} accepted`).waitFor();

  await page.getByRole('button', { name: 'Receipt for chw1' }).click();
  const receipt = page.getByRole('dialog', { name: 'Receipt' });
  await receipt.getByText(new RegExp(`Accepted by the server\\s*${ordinary}\\b`)).waitFor();
  await receipt.getByRole('button', { name: 'Close' }).click();
}
