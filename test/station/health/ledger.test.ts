import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Receipt } from '../../../shared/receipt.ts';
import { checkLedgerFile } from '../../../electron/ledger/backup.ts';
import { asParent, contact } from '../../../electron/practice/documents.ts';
import { Phone } from '../../../electron/practice/phone.ts';
import { startPracticeServer } from '../../../electron/practice/server.ts';
import { runCli } from '../../support/cli.ts';
import { damageIndex, pageOf } from '../../support/damage.ts';
import { report } from '../../support/documents.ts';
import { stationDump } from '../../support/dumps.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { eventually } from '../../support/soon.ts';
import { compareAs, signInAs, uploadAs } from '../../support/uploads.ts';
import { openTestStation, type TestStation, type TestStationOptions } from '../../support/station.ts';

let temporary: ReturnType<typeof temporaryFolder>;
let station: TestStation | null = null;
beforeEach(() => {
  temporary = temporaryFolder();
});
afterEach(async () => {
  await close();
  temporary.remove();
});

const dataDir = (): string => join(temporary.path, 'data');
const ledger = (): string => join(dataDir(), 'ledger.sqlite');
const backups = (): string[] =>
  readdirSync(join(dataDir(), 'backups')).filter((name) => name.startsWith('ledger-'));

async function open(options: TestStationOptions = {}): Promise<TestStation> {
  station = await openTestStation({ dataDir: dataDir(), ...options });
  return station;
}

async function close(): Promise<void> {
  await station?.close();
  station = null;
}

async function ended(of: TestStation): Promise<void> {
  const { jobs } = await of.ask('jobs.list', {});
  for (const { job } of jobs) await of.wait(job);
}

async function filled(): Promise<string> {
  const at = await open();
  const { batch } = await at.take(stationDump([report('r1'), report('r2', { n: 2 })]), 'first.json', {
    user: 'chw1',
  });
  await at.ask('decide.hold', { batch: batch ?? '', ids: ['r1'], reason: 'ask her' });
  await close();
  return batch ?? '';
}

function breakPages(): void {
  const bytes = readFileSync(ledger());
  bytes.fill(0, 4096);
  writeFileSync(ledger(), bytes);
}

async function stateOf(of: TestStation): Promise<unknown> {
  const { rows } = await of.ask('changes.list', { sort: 'id' });
  return rows.map(({ id, rev, state, heldReason }) => ({ id, rev, state, heldReason }));
}

describe('backups of the ledger', () => {
  it('are made of what was done, and the last three are kept', async () => {
    await filled();
    expect(backups()).toContain('ledger-1.sqlite');
    for (let n = 0; n < 4; n += 1) {
      const at = await open();
      await at.take(stationDump([report(`more${n}`)]));
      await close();
    }
    expect(backups()).toEqual(['ledger-1.sqlite', 'ledger-2.sqlite', 'ledger-3.sqlite']);
    const { backups: told } = await (await open()).ask('health.get', {});
    expect(told).toHaveLength(3);
  });

  it('are not made where nothing was done', async () => {
    await filled();
    const before = readFileSync(join(dataDir(), 'backups', 'ledger-1.sqlite'));
    for (let n = 0; n < 3; n += 1) {
      await open();
      await close();
    }
    expect(readFileSync(join(dataDir(), 'backups', 'ledger-1.sqlite'))).toEqual(before);
  });
});

describe('a ledger that is damaged or gone', () => {
  it.each([
    ['damaged', breakPages, 'ledger-damaged'],
    ['gone', () => rmSync(ledger()), 'ledger-gone'],
    ['empty', () => writeFileSync(ledger(), ''), 'ledger-gone'],
    ['no ledger at all', () => writeFileSync(ledger(), 'x'.repeat(5000)), 'ledger-damaged'],
  ] as const)(
    '%s: says so, keeps receipts readable, and is put back when asked',
    async (_what, damage, code) => {
      const batch = await filled();
      const before = await stateOf(await open());
      await close();
      damage();
      const at = await open();
      // It opens, reads from the backup, and changes nothing.
      expect((await at.ask('receipt.get', { batch, format: 'text' })).content).toContain('chw1');
      expect(await stateOf(at)).toEqual(before);
      await expect(at.ask('decide.approve', { batch })).rejects.toMatchObject({ code });
      await expect(at.take(stationDump([report('late')]))).rejects.toMatchObject({ code });
      expect(await at.ask('health.get', {})).toMatchObject({
        ledger: { state: code.slice('ledger-'.length) },
      });
      const { restored } = await at.ask('health.repair', {});
      expect(restored?.backup).not.toBeNull();
      await ended(at);
      expect(await stateOf(at)).toEqual(before);
      expect(await at.ask('health.get', {})).toMatchObject({ ledger: { state: 'good', restored } });
      expect(await at.take(stationDump([report('late')]))).toMatchObject({ outcome: 'taken' });
      // What was damaged is kept.
      const aside = restored?.aside ?? null;
      expect(aside === null || existsSync(join(dataDir(), aside))).toBe(true);
    },
  );

  it('with backups of which none is whole: it ends, and the safe copies are taken in again', async () => {
    await filled();
    rmSync(ledger());
    for (const name of backups()) writeFileSync(join(dataDir(), 'backups', name), 'x'.repeat(5000));
    const at = await open();
    expect(await at.ask('health.repair', {})).toMatchObject({ restored: { backup: null } });
    await ended(at);
    expect(await stateOf(at)).toMatchObject([{ id: 'r1' }, { id: 'r2' }]);
  });

  it('whose repair fails is as it was before, and can be repaired again', async () => {
    const batch = await filled();
    breakPages();
    const at = await open();
    // The copy of the backup cannot be written.
    mkdirSync(`${ledger()}.next`);
    await expect(at.ask('health.repair', {})).rejects.toThrow();
    expect(readdirSync(dataDir()).filter((name) => name.includes('-damaged-'))).toEqual([]);
    expect((await at.ask('receipt.get', { batch, format: 'text' })).content).toContain('chw1');
    rmSync(`${ledger()}.next`, { recursive: true });
    expect((await at.ask('health.repair', {})).restored?.backup).not.toBeNull();
    await ended(at);
    expect(await at.ask('health.get', {})).toMatchObject({ ledger: { state: 'good' } });
  });

  it.each(['nothing', 'the log', 'the ledger', 'everything'] as const)(
    'whose repair was ended when %s had been moved is put back at the next start, with what is missing',
    async (moved) => {
      const batch = await filled();
      const older = join(temporary.path, 'older');
      cpSync(join(dataDir(), 'backups'), older, { recursive: true });
      let at = await open();
      await at.ask('decide.release', { batch, ids: ['r1'] });
      await close();
      // A lost backup: what came after it is missing.
      rmSync(join(dataDir(), 'backups'), { recursive: true });
      cpSync(older, join(dataDir(), 'backups'), { recursive: true });
      rmSync(join(dataDir(), 'backups', 'saved-up-to'), { force: true });
      breakPages();
      writeFileSync(`${ledger()}-wal`, 'a log that belongs to it');
      const broken = readFileSync(ledger());
      // A whole repair, of which then only the beginning is played.
      at = await open();
      await at.ask('health.repair', {});
      await ended(at);
      await close();
      const aside = join(dataDir(), 'ledger-damaged-1.sqlite');
      for (const name of [aside, `${aside}-wal`]) rmSync(name, { force: true });
      renameSync(ledger(), `${ledger()}.next`);
      writeFileSync(`${ledger()}.put-back`, 'ledger-damaged-1.sqlite');
      writeFileSync(moved === 'nothing' ? `${ledger()}-wal` : `${aside}-wal`, 'a log that belongs to it');
      writeFileSync(moved === 'nothing' || moved === 'the log' ? ledger() : aside, broken);
      if (moved === 'everything') renameSync(`${ledger()}.next`, ledger());

      at = await open();
      expect(await at.ask('health.get', {})).toMatchObject({
        ledger: { state: 'good', restored: { aside: 'ledger-damaged-1.sqlite', complete: false } },
      });
      expect(await stateOf(at)).toMatchObject([{ id: 'r1', state: 'held' }, { id: 'r2' }]);
      expect(readFileSync(aside)).toEqual(broken);
      expect(readFileSync(`${aside}-wal`, 'utf8')).toBe('a log that belongs to it');
      expect(readdirSync(dataDir()).filter((name) => /next|put-back/.test(name))).toEqual([]);
    },
  );

  it('keeps beside a copy what was said of it first', async () => {
    const at = await open();
    const half = Buffer.from('not an export');
    await at.take(half, 'half.json', { user: 'chw7' });
    await at.take(half, 'half.json', { device: 'phone-7' });
    const [about = ''] = readdirSync(join(dataDir(), 'dumps')).filter((name) => name.endsWith('.about'));
    expect(JSON.parse(readFileSync(join(dataDir(), 'dumps', about), 'utf8'))).toMatchObject({
      typedUser: 'chw7',
      typedDevice: 'phone-7',
    });
  });

  it('without any backup: the safe copies are taken in again, under the names that were given', async () => {
    await filled();
    rmSync(ledger());
    rmSync(join(dataDir(), 'backups'), { recursive: true });
    const at = await open();
    expect(await at.ask('health.get', {})).toMatchObject({ ledger: { state: 'gone' }, copies: { kept: 1 } });
    expect(await at.ask('health.repair', {})).toMatchObject({ restored: { backup: null } });
    await ended(at);
    expect((await at.ask('intake.list', {})).rows).toMatchObject([{ name: 'first.json', user: 'chw1' }]);
    expect(await stateOf(at)).toMatchObject([
      { id: 'r1', state: 'open' },
      { id: 'r2', state: 'open' },
    ]);
    expect(await at.ask('health.get', {})).toMatchObject({ copies: { unknown: 0 } });
  });

  it('put back from an older backup, takes in what came after it', async () => {
    await filled();
    const older = readFileSync(join(dataDir(), 'backups', 'ledger-1.sqlite'));
    await (await open()).take(stationDump([report('r3')]), 'second.json');
    await close();
    rmSync(ledger());
    for (const name of backups()) writeFileSync(join(dataDir(), 'backups', name), older);
    const at = await open();
    await at.ask('health.repair', {});
    await ended(at);
    expect(await stateOf(at)).toMatchObject([
      { id: 'r1', state: 'held' },
      { id: 'r2', state: 'open' },
      { id: 'r3', state: 'open' },
    ]);
  });
});

/** A hold and a decision's time are in it; what the index of the history says of one entry is not so any more. */
async function withDamagedIndex(): Promise<string> {
  const batch = await filled();
  damageIndex(ledger(), 'changes_state', 'held', 'helD');
  return batch;
}

describe('a ledger of which only a backup tells that it is damaged', () => {
  it('is told, nothing is written to it, and a damaged index is written anew when asked', async () => {
    const batch = await withDamagedIndex();
    const at = await open();
    expect(await at.ask('health.get', {})).toMatchObject({ ledger: { state: 'good', mended: null } });
    // Reading another export is what is backed up.
    await at.take(stationDump([report('r3')]), 'second.json');
    await eventually(async () =>
      expect(await at.ask('health.get', {})).toMatchObject({ ledger: { state: 'damaged' } }),
    );
    await expect(at.ask('decide.release', { batch, ids: ['r1'] })).rejects.toMatchObject({
      code: 'ledger-damaged',
    });
    expect((await at.ask('receipt.get', { batch, format: 'text' })).content).toContain('chw1');
    expect(await at.ask('health.repair', {})).toMatchObject({ restored: null });
    expect(await at.ask('health.get', {})).toMatchObject({
      ledger: { state: 'good', restored: null, mended: expect.any(String) },
    });
    expect(await stateOf(at)).toMatchObject([
      { id: 'r1', state: 'held', heldReason: 'ask her' },
      { id: 'r2', state: 'open' },
      { id: 'r3', state: 'open' },
    ]);
    await at.ask('decide.release', { batch, ids: ['r1'] });
    await close();
    expect(checkLedgerFile(ledger())).toBe(true);
  });

  it('is looked through at the next start', async () => {
    await withDamagedIndex();
    const at = await open();
    await at.take(stationDump([report('r3')]), 'second.json');
    await close();
    expect(checkLedgerFile(ledger())).toBe(false);
    const told = await runCli(['doctor', '--data', dataDir()]);
    expect(told.code, told.stderr).toBe(0);
    expect(told.stderr).toContain('indexes');
    expect(checkLedgerFile(ledger())).toBe(true);
    // And not again at the one after it.
    expect(existsSync(join(dataDir(), 'backups', 'suspect'))).toBe(false);
  });

  it('is put back from its backup where a table lost rows, with what is lost by name', async () => {
    const batch = await filled();
    const { page, at: place } = pageOf(ledger(), 'audit');
    let at = await open();
    await at.ask('decide.release', { batch, ids: ['r1'] });
    await close();
    const bytes = readFileSync(ledger());
    page.copy(bytes, place);
    writeFileSync(ledger(), bytes);
    writeFileSync(join(dataDir(), 'backups', 'suspect'), '');
    at = await open();
    expect(await at.ask('health.get', {})).toMatchObject({ ledger: { state: 'damaged' } });
    expect(await at.ask('health.repair', {})).toMatchObject({
      restored: { complete: true, lost: [], reopened: 0, aside: 'ledger-damaged-1.sqlite' },
    });
    await ended(at);
    expect(await stateOf(at)).toMatchObject([{ state: 'open' }, { state: 'open' }]);
  });
});

describe('a ledger that is put back from an older backup', () => {
  /** All backups become those of now. */
  function keepBackups(): () => void {
    const older = readFileSync(join(dataDir(), 'backups', 'ledger-1.sqlite'));
    return () => {
      for (const name of backups()) writeFileSync(join(dataDir(), 'backups', name), older);
    };
  }

  it('sends nothing twice, claims nothing wrongly, and sends nothing that somebody took back since', async () => {
    const server = await startPracticeServer();
    const phone = new Phone({ user: 'chw1', device: 'phone-1', server });
    try {
      await phone.firstSync();
      const parent = asParent(await phone.db.get('hc1-area-1-home-1'));
      const add = (id: string): Promise<unknown> =>
        phone.put(contact({ id, type: 'person', name: id, parent, reportedAt: Date.now() - 86_400_000 }));
      for (const id of ['sent', 'doubtful', 'waiting']) await add(id);
      let at = await open({ practice: server });
      const { batch } = await at.take((await phone.exportStation()).bytes, 'first.chtdump');
      const batches = [batch ?? ''];
      await compareAs(at, server, 'chw1');
      await at.ask('decide.approve', { batch: batches[0] ?? '', ids: ['sent', 'doubtful'] });
      await close();
      const goBack = keepBackups();

      // What the backup does not know: one is held again, one is sent and proven, a foreign dump is set aside, one is new.
      at = await open();
      await at.ask('decide.hold', { batch: batches[0] ?? '', ids: ['doubtful'], reason: 'ask her' });
      expect(await uploadAs(at, server, 'chw1', batches)).toMatchObject({ sent: 1, accepted: 1 });
      const foreign = stationDump([report('foreign')], { server: 'http://127.0.0.1:9/medic', user: 'x' });
      await at.take(foreign, 'foreign.chtdump');
      await add('late');
      await at.take((await phone.exportStation()).bytes, 'late.chtdump');
      await close();
      const written = server.audit.length;
      goBack();
      const bytes = readFileSync(ledger());
      bytes.fill(0, 0, 100);
      writeFileSync(ledger(), bytes);

      at = await open();
      const { restored } = await at.ask('health.repair', {});
      expect(restored).toMatchObject({ complete: false, reopened: 2 });
      await ended(at);
      const states = async (): Promise<Record<string, string>> => {
        const { rows } = await at.ask('changes.list', { sort: 'id', limit: 100 });
        return Object.fromEntries(rows.map((row) => [row.id, `${row.class} ${row.state}`]));
      };
      expect(await states()).toMatchObject({
        sent: 'new open',
        doubtful: 'new open',
        waiting: 'new open',
        late: 'unchecked open',
      });
      const { rows } = await at.ask('changes.list', { text: 'foreign', limit: 10, sort: 'id' });
      expect(rows).toMatchObject([{ class: 'never-sent', reason: 'other-server' }]);
      // Nothing was approved, so nothing goes.
      await at.ask('upload.start', signInAs(server, 'chw1')).then(
        async ({ job }) => void (await at.wait(job)),
        () => undefined,
      );
      expect(server.audit.length).toBe(written);
      // The receipt says of what was delivered only what is known.
      const receipt = async (): Promise<Receipt> =>
        JSON.parse(
          (await at.ask('receipt.get', { batch: batches[0] ?? '', format: 'json' })).content,
        ) as Receipt;
      expect((await receipt()).accepted).toBe(0);
      // Approved again without a look at the server: it has it, and is not sent it again.
      await at.ask('decide.approve', { batch: batches[0] ?? '', ids: ['sent', 'waiting'] });
      const upload = await uploadAs(at, server, 'chw1', batches);
      expect(upload).toMatchObject({ sent: 1, accepted: 1, already: 1, failed: [], refused: [] });
      const fresh = server.audit.slice(written).map(({ id }) => id);
      expect(fresh).toEqual(['waiting']);
      expect(await states()).toMatchObject({ doubtful: 'new open' });
      await compareAs(at, server, 'chw1');
      const again = await states();
      expect(again['late']).toBe('new open');
      expect(again['doubtful']).toBe('new open');
    } finally {
      await close();
      await phone.destroy();
      await server.close();
    }
  });

  it('says what was done since, as far as the damaged one proves it', async () => {
    const batch = await filled();
    const goBack = keepBackups();
    let at = await open();
    await at.ask('decide.release', { batch, ids: ['r1'] });
    await at.ask('decide.hold', { batch, ids: ['r2'], reason: 'ask him' });
    await close();
    goBack();
    // The evidence is readable, and something else is not.
    const { at: place } = pageOf(ledger(), 'batches');
    const bytes = readFileSync(ledger());
    bytes.fill(0, place, place + 4096);
    writeFileSync(ledger(), bytes);
    at = await open();
    const { restored } = await at.ask('health.repair', {});
    expect(restored).toMatchObject({
      complete: false,
      lost: [
        { what: 'reopened', count: 1 },
        { what: 'held', count: 1 },
      ],
    });
    await close();
    const told = await runCli(['doctor', '--data', dataDir()]);
    expect(told.stderr).toContain('1 × held');
  });
});

describe('the terminal', () => {
  it('shows how the station is, and repairs it', async () => {
    await filled();
    const fine = await runCli(['doctor', '--json', '--data', dataDir()]);
    expect(fine.code, fine.stderr).toBe(0);
    expect(JSON.parse(fine.stdout)).toMatchObject({ well: true, store: { state: 'good' } });
    breakPages();
    rmSync(join(dataDir(), 'replica'), { recursive: true });
    const told = await runCli(['doctor', '--data', dataDir()]);
    expect(told.code).toBe(3);
    expect(told.stderr).toContain('doctor --repair');
    expect((await runCli(['status', '--json', '--data', dataDir()])).code).toBe(0);
    const refused = await runCli(['server', 'set', 'http://127.0.0.1:1', '--data', dataDir()]);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('doctor --repair');
    const repaired = await runCli(['doctor', '--repair', '--json', '--data', dataDir()]);
    expect(repaired.code, repaired.stderr).toBe(0);
    expect(JSON.parse(repaired.stdout)).toMatchObject({
      well: true,
      ledger: { state: 'good', restored: { aside: 'ledger-damaged-1.sqlite' } },
      store: { state: 'good', gone: 0 },
    });
  });
});

describe('an import that will not fit', () => {
  it('is refused before anything of it is copied, with what has to be freed', async () => {
    let free = 1_000_000;
    const at = await open({ freeBytes: () => Promise.resolve(free) });
    const dump = stationDump([report('r1')]);
    const result = await at.take(dump, 'first.json');
    expect(result).toMatchObject({ outcome: 'failed', problems: [{ code: 'no-room' }] });
    expect(result.problems[0]?.message).toMatch(/6\d MB/);
    expect(readdirSync(join(dataDir(), 'dumps'))).toEqual([]);
    expect(await at.ask('health.get', {})).toMatchObject({ disk: { free, tight: true } });
    free = 1_000_000_000;
    expect(await at.take(dump, 'first.json')).toMatchObject({ outcome: 'taken' });
  });

  it('is no import that is here already', async () => {
    let free = 1_000_000_000;
    const at = await open({ freeBytes: () => Promise.resolve(free) });
    const file = temporary.put('again.json', stationDump([report('r1')]));
    expect(await at.take(file)).toMatchObject({ outcome: 'taken' });
    free = 100_000;
    expect(await at.take(file)).toMatchObject({ outcome: 'again' });
  });

  it('is judged by how it begins, not by its name', async () => {
    const dump = stationDump(Array.from({ length: 200 }, (_, n) => report(`r${n}`)));
    const packed = gzipSync(dump);
    // Room for what is not packed, and not for what may become eight times as large.
    const at = await open({ freeBytes: () => Promise.resolve(64 * 1024 * 1024 + packed.length * 5) });
    expect(await at.take(packed, 'named-otherwise.txt')).toMatchObject({ problems: [{ code: 'no-room' }] });
    expect(await at.take(stationDump([report('r1')]), 'not-packed.json.gz')).toMatchObject({
      outcome: 'taken',
    });
  });
});
