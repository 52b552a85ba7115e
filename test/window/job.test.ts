/** The clerk's whole job, from the stick to the server's proof: once with the mouse, once without. */
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { PLACES } from '../../renderer/hooks/preferences.ts';
import { DUMPED } from '../../electron/practice/dumps.ts';
import {
  compare,
  expectFocus,
  goTo,
  grid,
  inBox,
  inState,
  leavesOn,
  notice,
  openBatch,
  passwordOf,
  place,
  row,
  send,
  tabTo,
  takeStick,
  soon,
} from './clerk.ts';
import type { Setting } from './setting.ts';
import { settings } from './settings.ts';

const openSetting = settings();
let setting: Setting;
beforeEach(async () => void (setting = await openSetting()));

const pictures = process.env['PICTURES_DIR'];

const missing = (all: ReadonlySet<string>, wanted: Iterable<string>) =>
  [...wanted].filter((one) => !all.has(one));

/** The key of the settings. */
const SETTINGS = String(PLACES.indexOf('settings') + 1);

test('with the mouse: arrivals, review, approve, send, accepted', async () => {
  const { page, ask } = setting;
  const before = await leavesOn(setting);

  await takeStick(setting);
  const result = page.getByRole('region', { name: 'Practice stick' }).getByRole('status');
  await soon(() => result.innerText()).toMatch(
    /\d+ new, \d+ already here, 1 left out on purpose\. Everything was imported\.\s+Review now$/,
  );
  await soon(() => page.locator('.today-row').count()).toBe(3);
  // First whose it is and what really came, in numbers that add up to what is new.
  const lines = await result.locator('.came').allInnerTexts();
  expect(lines.map((line) => /\(?(chw\d)\)? · \d+ reports? new here, /.exec(line)?.[1]).toSorted()).toEqual([
    'chw1',
    'chw2',
    'chw3',
  ]);
  expect(lines.find((line) => line.includes('chw3'))).toMatch(/, 1 changed, /);
  const sum = (text: string) =>
    (text.replaceAll(/^.* · /gm, '').match(/\d+/g) ?? []).reduce((all, n) => all + Number(n), 0);
  expect(sum(lines.join('\n'))).toBe(
    Number(/(\d+) new,/.exec(await result.locator('p > span').first().innerText())?.[1]),
  );
  for (const today of await page.locator('.today-row').all())
    expect(sum(await today.locator('.came').innerText())).toBe(
      Number(/(\d+) new/.exec(await today.locator('.today-result').innerText())?.[1]),
    );
  if (pictures !== undefined)
    for (const [name, width] of [
      ['came-narrow', 1024],
      ['came', 1280],
    ] as const) {
      await page.setViewportSize({ width, height: 900 });
      await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true });
    }

  await compare(setting);
  await openBatch(page, 'chw1');
  const { rows: batches } = await ask('batches.list', { user: 'chw1' });
  const batch = batches[0]?.batch ?? '';
  const ordinary = await ask('changes.list', {
    batch,
    states: ['open'],
    ordinary: true,
    limit: 1000,
  });
  await page.getByRole('button', { name: `Approve ${ordinary.total} ordinary records` }).click();
  await notice(page, `${ordinary.total} approved`);
  // What is odd was said not to be included, stands on top, and is still open.
  await page.getByText('2 unusual records').waitFor();
  await soon(() => grid(page).locator('tbody tr').first().innerText()).toMatch(/conflict$/);

  await send(setting, 'chw1');
  await page.getByText(`${ordinary.total} accepted`).first().waitFor();
  await soon(() => inBox(page, 'Accepted')).toBe(ordinary.total);
  await soon(() => inBox(page, 'Ready to send')).toBe(0);

  // The server holds exactly the approved revisions, and nothing else has come to it.
  const approved = ordinary.rows.map((one) => `${one.id}@${one.rev}`);
  const after = await leavesOn(setting);
  expect(missing(after, approved)).toEqual([]);
  expect(missing(before, after).sort()).toEqual(approved.sort());
  expect(await inState(setting, 'accepted')).toEqual(approved);
  // The phone had dropped this one to save space; sent on, that would have deleted it.
  expect((await setting.server.database().get(DUMPED.chw1.purgeStub))._deleted).toBeUndefined();

  await page.getByRole('button', { name: 'Receipt for chw1' }).click();
  const receipt = page.getByRole('dialog', { name: 'Receipt' });
  await receipt.getByRole('row', { name: `Accepted by the server ${ordinary.total}`, exact: true }).waitFor();
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    receipt.getByRole('button', { name: 'Save as text' }).click(),
  ]);
  expect(download.suggestedFilename()).toMatch(/^receipt-.*\.txt$/);
  await receipt.getByRole('button', { name: 'Close' }).click();

  // All five practice steps are ticked.
  await goTo(page, 'Arrivals');
  await soon(() => page.locator('.steps .step-done').count()).toBe(5);
});

test('with the keyboard alone', async () => {
  const { page } = setting;
  const { keyboard } = page;

  await expectFocus(page, 'Arrivals');
  await tabTo(page, /^Import 3 exports$/);
  await keyboard.press('Enter');
  await page.getByRole('button', { name: 'Review now' }).waitFor();
  await tabTo(page, /^Review now$/);
  await keyboard.press('Enter');
  await expectFocus(page, 'Review');

  await tabTo(page, /^Compare$/);
  await keyboard.press('Enter');
  await expectFocus(page, 'User name');
  await keyboard.type('sup_online');
  await keyboard.press('Tab');
  await keyboard.type(passwordOf(setting, 'sup_online'));
  await keyboard.press('Enter');
  await page.getByText(/records compared/).waitFor();
  // The dialog gave the focus back to where it was opened.
  await expectFocus(page, 'Compare');

  // j goes from batch to batch, Enter opens one.
  await keyboard.press('j');
  await keyboard.press('j');
  await keyboard.press('j');
  await expectFocus(page, 'chw1');
  await keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: 'chw1' }).waitFor();
  await grid(page).waitFor();

  // The second row is the deletion: opened, read, approved with a; the panel goes on to the next.
  await tabTo(page, /^Records of this batch$/);
  await keyboard.press('ArrowDown');
  await keyboard.press('Enter');
  const panel = page.getByRole('complementary', { name: 'The chosen record' });
  await panel.getByText('The record was deleted on the phone.').waitFor();
  // A deletion is asked about, with the name.
  await keyboard.press('a');
  await page.getByRole('dialog', { name: 'Delete this record on the server?' }).waitFor();
  await tabTo(page, /^Approve$/);
  await keyboard.press('Enter');
  await notice(page, '1 approved');
  await panel.getByText('The server has an earlier version of this record.').waitFor();
  await keyboard.press('h');
  await expectFocus(page, 'Why?');
  await keyboard.type('Ask her first');
  await keyboard.press('Enter');
  await notice(page, '1 held');
  await keyboard.press('Escape');
  await expectFocus(page, 'Records of this batch');

  // Two rows with Shift, out of the rows that are new.
  await keyboard.press('Space');
  await keyboard.press('Shift+ArrowDown');
  await page.getByText('2 selected').waitFor();
  await tabTo(page, /^Approve$/, true);
  await keyboard.press('Enter');
  await notice(page, '2 approved');
  expect(await inState(setting, 'approved')).toHaveLength(3);
  await soon(() => row(page, 'held').count()).toBe(1);

  await keyboard.press('4');
  await expectFocus(page, 'Outbox');
  await tabTo(page, /^Send 3 records$/);
  await keyboard.press('Enter');
  // Who signed in last owns nothing of what is sent, so the name is not filled in.
  await expectFocus(page, 'User name');
  await keyboard.type('chw1');
  await keyboard.press('Tab');
  await keyboard.type(passwordOf(setting, 'chw1'));
  await keyboard.press('Enter');
  // The deletion is asked about once more, with its name, and Enter alone does not agree to it.
  await page.getByRole('alert').getByText('1 record will be deleted on the server').waitFor();
  await keyboard.press('Enter');
  await tabTo(page, /^Send, and delete 1 record$/);
  await keyboard.press('Enter');
  await page.getByRole('region', { name: 'Result' }).getByText('3 accepted').waitFor();
  const approved = await inState(setting, 'accepted');
  expect(missing(await leavesOn(setting), approved)).toEqual([]);
});

test('the keys are listed with ?, and do nothing while a dialog is open or somebody types', async () => {
  const { page } = setting;
  await page.keyboard.press('?');
  const help = page.getByRole('dialog', { name: 'Shortcuts' });
  await help.waitFor();
  await page.keyboard.press(SETTINGS);
  expect(await place(page, 'Arrivals').getAttribute('aria-current')).toBe('page');
  await page.keyboard.press('Escape');
  await help.waitFor({ state: 'hidden' });
  await page.keyboard.press(SETTINGS);
  await page.getByRole('heading', { level: 1, name: 'Settings' }).waitFor();
  // Whoever backs it up reads here where it lies.
  await page.getByText(setting.station.dataDir, { exact: true }).waitFor();
  await page.getByLabel('Address').focus();
  await page.keyboard.type('1');
  expect(await place(page, 'Settings').getAttribute('aria-current')).toBe('page');
  await page.getByText(/Use single keys/).click();
  await page.getByRole('heading', { level: 1 }).click();
  await page.keyboard.press('2');
  expect(await place(page, 'Settings').getAttribute('aria-current')).toBe('page');
});
