/** Conflicts: two phones, or a phone and the server; one version is kept, the others stay in the ledger. */
import { expect, test } from 'vitest';
import { DUMPED } from '../../electron/practice/dumps.ts';
import type { PracticeServer } from '../../electron/practice/server.ts';
import { goTo, leavesOn, notice, place, send, soon } from './clerk.ts';
import { compareAs, type Setting } from './setting.ts';
import { settings } from './settings.ts';
import { stationDump } from '../support/dumps.ts';

const openSetting = settings();
let setting: Setting;

async function openConflict({ page }: Setting, name: RegExp): Promise<void> {
  await goTo(page, 'Conflicts');
  await page.getByRole('table', { name: 'Conflicts' }).getByRole('button', { name }).click();
  await page.getByText('These fields differ.').first().waitFor();
}

test('two phones: the kept version is sent, the other one is closed and stays in the ledger', async () => {
  setting = await openSetting({ before: 'compared' });
  const { page, ask, server } = setting;
  await openConflict(setting, /Household 1\.1/);
  const table = page.locator('table.leaves');
  expect(await table.getByRole('row', { name: /Name/ }).innerText()).toMatch(/blue gate|green gate/);
  const keep = page.getByRole('button', { name: 'Keep the chosen version' });
  expect(await keep.isDisabled()).toBe(true);

  await page.getByRole('radio', { name: 'chw1 · practice-phone-chw1' }).check();
  await keep.click();
  const confirm = page.getByRole('dialog', { name: 'Keep this version?' });
  await confirm.getByText('You keep: chw1 · practice-phone-chw1.').waitFor();
  await confirm.getByText('(chw3 · practice-phone-chw3) is closed. The history shows it.').waitFor();
  await confirm.getByRole('button', { name: 'Keep this version' }).click();
  await notice(page, 'is settled');
  await page.getByText('No conflicts').waitFor();
  await soon(() => place(page, 'Conflicts').innerText()).toBe('Conflicts');

  await send(setting, 'chw1');
  const doc = await server.database().get(DUMPED.conflict, { conflicts: true });
  expect(doc['name']).toBe('Household 1.1, blue gate');
  expect(doc._conflicts ?? []).toEqual([]);
  const { rows } = await ask('ledger.list', { limit: 1000 });
  expect(rows.some((entry) => entry.id === DUMPED.conflict && /conflict/.test(entry.what))).toBe(true);
});

test('the server and a phone: something newer that comes while it is looked at must be looked at again', async () => {
  const id = DUMPED.chw1.update;
  const call = async (server: PracticeServer, phone: string) => {
    const database = server.database();
    await database.put({ ...(await database.get(id)), phone });
  };
  setting = await openSetting({
    before: 'compared',
    meanwhile: (server) => call(server, '+254000000777'),
  });
  const { page, server, station } = setting;
  await openConflict(setting, /^(?!Household)/);
  const rows = page.locator('table.leaves tbody');
  await page.getByText('+254000000777').waitFor();
  expect(await rows.innerText()).toContain('+254000000001');
  await page.getByRole('radio', { name: 'Server' }).check();

  // Meanwhile somebody edits it on the server, and somebody else compares again.
  await call(server, '+254000000888');
  await compareAs(station, server, 'sup_online');
  await page.getByText('Something newer came in the meantime.').waitFor();
  await page.getByText('+254000000888').waitFor();
  await soon(() => page.getByRole('radio', { name: 'Server' }).isChecked()).toBe(false);

  await page.getByRole('radio', { name: /chw1/ }).check();
  await page.getByRole('button', { name: 'Keep the chosen version' }).click();
  // What only one side changed is joined already, so another version is made.
  await page.getByRole('dialog').getByText('with what only the other side changed').waitFor();
  await page.getByRole('button', { name: 'Make this version' }).click();
  await notice(page, 'is settled');
  await send(setting, 'sup_online');
  expect((await server.database().get(id))['phone']).toBe('+254000000001');
});

test('where neither version is right the right one is typed, shown as it will be, and taken back again', async () => {
  setting = await openSetting({ before: 'compared' });
  const { page, server } = setting;
  await goTo(page, 'Conflicts');
  const list = page.getByRole('table', { name: 'Conflicts' });
  expect(await list.getByRole('row', { name: /Household 1\.1/ }).innerText()).toMatch(/\bName\b/i);
  const typed = async () => {
    await openConflict(setting, /Household 1\.1/);
    await page.getByText('Choose field by field').click();
    await page.getByRole('radio', { name: /^chw1/ }).check();
    await page.getByRole('textbox', { name: /: Other$/ }).fill('Household 1.1, red gate');
    await page.getByRole('button', { name: 'Keep the chosen fields' }).click();
    const confirm = page.getByRole('dialog');
    await confirm.getByText('The record as it will be').waitFor();
    await confirm.getByText('Household 1.1, red gate').first().waitFor();
    await confirm.getByRole('button', { name: 'Make this version' }).click();
    await notice(page, 'is settled');
  };
  await typed();
  await page.getByText('No conflicts').waitFor();
  await page.getByRole('button', { name: 'Undo' }).click();
  await list.getByRole('button', { name: /Household 1\.1/ }).waitFor();
  await typed();
  // A version made of two stands in the batch of one of them.
  await send(setting, 'sup_online');
  const doc = await server.database().get(DUMPED.conflict, { conflicts: true });
  expect([doc['name'], doc._conflicts]).toEqual(['Household 1.1, red gate', undefined]);
});

test('a decision on leaves that have changed unseen is refused and shown again', async () => {
  setting = await openSetting({ before: 'compared' });
  const { page, ask } = setting;
  await openConflict(setting, /Household 1\.1/);
  await page.getByRole('radio', { name: /chw3/ }).check();
  await page.getByRole('button', { name: 'Keep the chosen version' }).click();
  // Another window settles it at the same moment.
  const detail = await ask('conflict.get', { id: DUMPED.conflict });
  const before = await leavesOn(setting);
  await ask('conflict.resolve', {
    id: DUMPED.conflict,
    seen: detail.leaves.map((leaf) => leaf.rev),
    keep: detail.leaves[0]?.rev ?? '',
  });
  await page.getByText('This record is not in conflict any more.').waitFor();
  await soon(() => page.getByRole('dialog').count()).toBe(0);
  expect(await leavesOn(setting)).toEqual(before);
  await page.getByRole('button', { name: 'All conflicts' }).click();
  await page.getByText('No conflicts').waitFor();
});

test('one version made of two, field by field', async () => {
  const id = DUMPED.chw1.update;
  setting = await openSetting({
    before: 'compared',
    meanwhile: async (server) => {
      const database = server.database();
      const doc = await database.get(id);
      await database.put({ ...doc, name: 'Teal Baobab-Fig', phone: '+254000000777' });
    },
  });
  const { page, server, station, ask } = setting;
  // The phone has gone on and changed both fields too: what only one side changed would be joined without a question.
  const { leaves, bodies, ancestor } = await ask('conflict.get', { id });
  const [at] = leaves.flatMap((leaf, index) => (leaf.origin === 'dump' ? [index] : []));
  const revs = [`3-${'c'.repeat(32)}`, leaves[at ?? 0]?.rev ?? '', ancestor?.rev ?? ''];
  const _revisions = { start: 3, ids: revs.map((rev) => rev.slice(2)) };
  const later = { ...bodies[at ?? 0], _id: id, _rev: revs[0], _revisions, name: 'Teal Fig' };
  await station.take(stationDump([later], { device: 'practice-phone-chw1' }));
  await compareAs(station, server, 'sup_online');
  await openConflict(setting, /^(?!Household)/);
  await page.getByText('Choose field by field').click();
  await page.getByRole('radio', { name: 'Server', exact: true }).check();
  await page.getByRole('radio', { name: 'Phone number: chw1 · practice-phone-chw1' }).check();
  await page.getByRole('button', { name: 'Keep the chosen fields' }).click();
  await page.getByRole('dialog').getByText('with the fields you chose from the others').waitFor();
  await page.getByRole('button', { name: 'Make this version' }).click();
  await notice(page, 'is settled');
  await send(setting, 'sup_online');
  const doc = await server.database().get(id, { conflicts: true });
  expect([doc['name'], doc['phone'], doc._conflicts]).toEqual([
    'Teal Baobab-Fig',
    '+254000000001',
    undefined,
  ]);
});
