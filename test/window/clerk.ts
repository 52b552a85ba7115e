/** What a clerk does with the mouse, step by step, in the words of the screen. */
import type { Locator, Page } from 'playwright-core';
import { HANGS_MS, soon } from '../support/soon.ts';
import type { Setting } from './setting.ts';

export { soon };

/** The places by their words; the number beside a place belongs to its name. */
export function place(page: Page, name: string): Locator {
  return page.getByRole('navigation').getByRole('button', { name: new RegExp(`^${name}`) });
}

export async function goTo(page: Page, name: string): Promise<void> {
  await place(page, name).click();
  await page.getByRole('heading', { level: 1, name }).waitFor();
}

/** The list of batches, also where one of them is open. */
export async function allBatches(page: Page): Promise<void> {
  await place(page, 'Review').click();
  await goTo(page, 'Review');
}

export async function takeStick({ page }: Setting): Promise<void> {
  await page.getByRole('button', { name: /^Import \d+ exports?$/ }).click();
  await page.getByRole('button', { name: 'Review now' }).waitFor();
}

/** Fills the open sign-in dialog and sends it. */
export async function signIn(page: Page, user: string, password: string, name = 'User name'): Promise<void> {
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel(name).fill(user);
  await dialog.getByLabel('Password', { exact: true }).fill(password);
  await dialog.locator('button[type=submit]').click();
}

export function passwordOf({ server }: Setting, user: string): string {
  const found = server.users.find((one) => one.user === user);
  if (found === undefined) throw new Error(`no practice user ${user}`);
  return found.password;
}

export async function compare(setting: Setting, user = 'sup_online'): Promise<void> {
  const { page } = setting;
  await goTo(page, 'Review');
  await page.getByRole('button', { name: 'Compare', exact: true }).click();
  await signIn(page, user, passwordOf(setting, user));
  await page.getByText(/records? compared/).waitFor();
}

export async function openBatch(page: Page, user: string): Promise<void> {
  await page.getByRole('button', { name: user, exact: true }).click();
  await page.getByRole('heading', { level: 1, name: user }).waitFor();
  await grid(page).waitFor();
}

export const grid = (page: Page): Locator => page.getByRole('grid', { name: 'Records of this batch' });

/** The rows of the open batch by a part of their text; the head is a row too and is left out. */
export const row = (page: Page, text: string | RegExp): Locator =>
  grid(page).locator('tbody tr:not(.gap)').filter({ hasText: text });

export async function send(setting: Setting, user: string): Promise<void> {
  const { page } = setting;
  await goTo(page, 'Outbox');
  await page.getByRole('button', { name: /^Send \d+ records?$/ }).click();
  const isAccount = user === 'sup_online';
  if (isAccount) await page.getByRole('dialog').getByRole('radio', { name: 'Station account' }).click();
  await signIn(page, user, passwordOf(setting, user), isAccount ? 'Name of the station account' : undefined);
  const result = page.getByRole('region', { name: 'Result' });
  const deleteToo = page.getByRole('dialog').getByRole('button', { name: /^Send, and delete/ });
  await result.or(deleteToo).first().waitFor();
  if (await deleteToo.isVisible()) await deleteToo.click();
  await result.waitFor();
}

/** The number on one of the six boxes of the outbox. */
export async function inBox(page: Page, word: string): Promise<number> {
  const text = await page
    .getByRole('group', { name: 'Overview' })
    .getByRole('button', { name: word })
    .innerText();
  return Number(text.split('\n')[0]);
}

/** The notice with this text is there; its button is pressed where one is named. */
export async function notice(page: Page, text: string | RegExp, press?: string): Promise<void> {
  const shown = page.getByRole('alertdialog').filter({ hasText: text }).first();
  await shown.waitFor();
  if (press !== undefined) await shown.getByRole('button', { name: press }).click();
}

/** Leaf revisions of every document, as `id@rev`. */
export async function leavesOn({ server }: Setting): Promise<ReadonlySet<string>> {
  const { results } = await server.database().changes({ style: 'all_docs' });
  return new Set(results.flatMap((one) => one.changes.map(({ rev }) => `${one.id}@${rev}`)));
}

/** The records of the station in one state, as `id@rev`. */
export async function inState(
  { ask }: Setting,
  state: 'approved' | 'accepted' | 'held' | 'open',
): Promise<string[]> {
  const { rows } = await ask('changes.list', { states: [state], limit: 1000 });
  return rows.map((one) => `${one.id}@${one.rev}`).sort();
}

/** The focus is on an element with this name: what a person without a mouse sees. */
export async function expectFocus(page: Page, name: string | RegExp): Promise<void> {
  await soon(() => focusName(page)).toMatch(name);
}

export function focusName(page: Page): Promise<string> {
  return page.evaluate(() => {
    const at = document.activeElement;
    if (!(at instanceof HTMLElement)) return '';
    const labels =
      at instanceof HTMLInputElement ? [...(at.labels ?? [])].map((label) => label.innerText) : [];
    return at.getAttribute('aria-label') ?? (labels.length > 0 ? labels.join(' ') : at.innerText);
  });
}

/** Presses Tab until the focus is on something with this name; round again where it may still have to come. */
export async function tabTo(page: Page, name: RegExp, back = false): Promise<void> {
  const until = performance.now() + HANGS_MS;
  let passed: string[] = [];
  while (performance.now() < until) {
    passed = [];
    for (let n = 0; n < 60; n += 1) {
      const now = await focusName(page);
      if (name.test(now)) return;
      passed.push(now.slice(0, 30));
      await page.keyboard.press(back ? 'Shift+Tab' : 'Tab');
    }
  }
  throw new Error(`Tab never came to ${name}; it passed ${passed.join(' | ')}`);
}
