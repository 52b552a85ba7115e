/** What the server archived while the phone was away: listed with its reason, never sent, and never counted as lost. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { DUMPED } from '../../electron/practice/dumps.ts';
import {
  goTo,
  inBox,
  inState,
  leavesOn,
  openBatch,
  passwordOf,
  place,
  row,
  send,
  signIn,
  soon,
} from './clerk.ts';
import { compareAs, type Setting } from './setting.ts';
import { settings } from './settings.ts';

const PICTURES = process.env['PICTURES_DIR'];
const WORDS = 'The record was deleted or archived on the server.';

const openSetting = settings();
let setting: Setting;

async function picture(name: string): Promise<void> {
  if (PICTURES !== undefined) await setting.page.screenshot({ path: join(PICTURES, `${name}.png`) });
}

/** The ordinary records of chw1 are approved, and then the server, upgraded, archives the person they edited. */
async function archivedMeanwhile(): Promise<void> {
  setting = await openSetting({ before: 'compared', remembered: { place: 'review' } });
  const { page, server } = setting;
  await openBatch(page, 'chw1');
  await page.getByRole('button', { name: /^Approve \d+ ordinary records$/ }).click();
  await page.getByRole('button', { name: /^Approve \d+ ordinary records$/ }).waitFor({ state: 'detached' });
  await server.setVersion('5.3.0');
  await server.archive([DUMPED.chw1.update]);
}

const isBack = async (id: string) => [...(await leavesOn(setting))].some((leaf) => leaf.startsWith(`${id}@`));

async function expectListed(): Promise<void> {
  const { page } = setting;
  await soon(() => inBox(page, 'Refused')).toBe(1);
  const rows = page.getByRole('table', { name: 'Refused', exact: true }).locator('tbody tr');
  await soon(() => rows.count()).toBe(1);
  expect(await rows.innerText()).toContain(WORDS);
}

test('sent after it was archived: the edit is refused with its reason, the rest arrives', async () => {
  await archivedMeanwhile();
  const { page } = setting;
  await send(setting, 'chw1');
  await page.getByRole('region', { name: 'Result' }).getByText('7 accepted, 1 refused').waitFor();
  await page.getByRole('group', { name: 'Overview' }).getByRole('button', { name: 'Refused' }).click();
  await expectListed();
  await picture('removed-refused');
  expect(await isBack(DUMPED.chw1.update)).toBe(false);

  // What arrived and is archived later is no loss: it stays accepted and says what became of it.
  const wound = DUMPED.chw1.photoReport;
  const { _rev } = await setting.server.database().get(wound);
  await setting.server.archive([wound]);
  await compareAs(setting.station, setting.server, 'chw1');
  await place(page, 'Review').click();
  await row(page, 'Wound photo').click();
  await page.getByText(WORDS).waitFor();
  await picture('removed-review');
  await soon(() => inState(setting, 'accepted')).toContain(`${wound}@${_rev}`);
  expect(await isBack(wound)).toBe(false);
});

test('it is listed before anything is sent', async () => {
  await archivedMeanwhile();
  const { page } = setting;
  const held = await leavesOn(setting);
  await goTo(page, 'Outbox');
  await page.getByRole('button', { name: 'Check what the server would refuse' }).click();
  await signIn(page, 'chw1', passwordOf(setting, 'chw1'));
  await page
    .getByRole('region', { name: 'Result' })
    .getByText(/nothing sent\. The server would refuse 1 of them\./)
    .waitFor();
  await expectListed();
  await picture('removed-dry-run');
  expect(await leavesOn(setting)).toEqual(held);
});
