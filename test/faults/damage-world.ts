/**
 * One station with imports, decisions, a settled conflict and proofs, whose data folder is copied and damaged for each
 * script. Afterwards everything must be as it was, or be named: what is missing, and where its safe copy lies.
 */
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { isWell, type Health } from '../../shared/health.ts';
import { asParent, contact } from '../../electron/practice/documents.ts';
import { Phone } from '../../electron/practice/phone.ts';
import { startPracticeServer } from '../../electron/practice/server.ts';
import { openReplica } from '../../electron/replica/replica.ts';
import { withSpares } from '../../electron/replica/spares.ts';
import { wrongAmong } from '../../electron/workers/replica/restore.ts';
import { attachment, document, report } from '../support/documents.ts';
import { stationDump } from '../support/dumps.ts';
import { compareAs, uploadAs } from '../support/uploads.ts';
import { openTestStation, type TestStation } from '../support/station.ts';
import { smallDisk, type SmallDisk } from '../support/small-disk.ts';
import type { DamageScript } from './damage-script.ts';
import { RESTARTS, TROUBLES, type Place } from './damage-trouble.ts';

/** A revision as the ledger has it: what it is, what was decided on it, what became of it. */
interface Row {
  readonly id: string;
  readonly rev: string;
  readonly content: string;
  readonly origin: string;
  readonly dump: string | null;
  readonly decided: string;
  readonly gone: boolean;
}

/** Records of the export that comes while things go wrong. */
const LATE = Array.from({ length: 300 }, (_, n) => `late-${n}`);

export class DamageWorld {
  readonly #folder: string;
  readonly #disk: SmallDisk | null;

  private constructor(folder: string) {
    this.#folder = folder;
    this.#disk = smallDisk(512);
    const docs = LATE.map((id, n) =>
      n % 10 === 0
        ? document(id, { type: 'data_record', n }, { attachments: { photo: attachment(id.repeat(3000)) } })
        : report(id, { n }),
    );
    writeFileSync(join(folder, 'late.json'), stationDump(docs));
  }

  static async open(): Promise<DamageWorld> {
    const folder = mkdtempSync(join(tmpdir(), 'station-damage-'));
    const dataDir = join(folder, 'closed');
    const server = await startPracticeServer();
    const phone = new Phone({ user: 'chw1', device: 'phone-1', server });
    const station = await openTestStation({ practice: server, dataDir });
    try {
      await fill(station, phone, server);
    } finally {
      await station.close();
      await phone.destroy();
      await server.close();
    }
    await killAfterDecision(dataDir, join(folder, 'killed'));
    return new DamageWorld(folder);
  }

  close(): void {
    this.#disk?.remove();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** What did not hold; empty when all is well. */
  async play(script: DamageScript): Promise<string[]> {
    const dataDir = join(this.#disk?.path ?? this.#folder, `seed-${script.seed}`);
    const place: Place = {
      dataDir,
      disk: this.#disk,
      late: join(this.#folder, 'late.json'),
      random: script.random,
      released: new Set(),
    };
    const wrong: string[] = [];
    try {
      cpSync(join(this.#folder, script.killed ? 'killed' : 'closed'), dataDir, { recursive: true });
      const first = this.#rowsOf(dataDir);
      for (const trouble of script.troubles)
        wrong.push(...((await TROUBLES[trouble]?.(place)) ?? []).map((line) => `${trouble}: ${line}`));
      const before = this.#rowsOf(dataDir);
      wrong.push(...lostBetween(first, before, place.released));
      script.apply(dataDir);
      for (const way of script.restarts)
        wrong.push(...((await RESTARTS[way]?.(place)) ?? []).map((line) => `${way}: ${line}`));
      const health = await restart(place);
      wrong.push(...(await this.#check(dataDir, health, before, script)));
    } catch (error) {
      wrong.push(`broke off: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    } finally {
      this.#disk?.free();
      rmSync(dataDir, { recursive: true, force: true });
    }
    return wrong;
  }

  /** The rows of a station that is closed, or was killed; the files stay as they are. */
  #rowsOf(dataDir: string): Map<string, Row> {
    const copy = join(this.#folder, 'looked-at');
    try {
      for (const name of readdirSync(dataDir).filter((one) => /^ledger\.sqlite(?:-wal)?$/.test(one)))
        cpSync(join(dataDir, name), join(copy, name));
      return rowsOf(copy);
    } finally {
      rmSync(copy, { recursive: true, force: true });
    }
  }

  async #check(
    dataDir: string,
    health: Health,
    before: ReadonlyMap<string, Row>,
    script: DamageScript,
  ): Promise<string[]> {
    const wrong: string[] = [];
    const after = rowsOf(dataDir);
    const { restored } = health.ledger;
    // A station that was closed had backed up everything; a killed one had made one more decision.
    const isKnown = script.troubles.length === 0 && script.restarts.length === 0;
    if (isKnown && restored !== null && restored.complete !== !(script.killed || script.hasLostBackups))
      wrong.push(`the backup is said to be ${restored.complete ? '' : 'not '}whole`);
    const said = JSON.stringify(health);
    const held = [...after.values()].filter(({ content, gone }) => content !== '' && !gone);
    for (const { id, rev } of await wrongIn(dataDir, held)) wrong.push(`${id} ${rev} is not in the replica`);
    const named = new Set(health.store.goneFrom.map(({ dump }) => dump));
    for (const { id, rev, gone, dump } of after.values())
      if (gone && (dump === null || !named.has(dump))) wrong.push(`${id} ${rev} is gone, and nobody says so`);
    for (const [key, row] of before) {
      const now = after.get(key);
      const hasCopy = row.dump !== null && existsSync(join(dataDir, 'dumps', `${row.dump}.dump`));
      if (now === undefined) {
        // Only a ledger that was put back may not know it, and then only what it says itself.
        if (restored === null) wrong.push(`${key} is forgotten: ${said}`);
        else if (row.origin === 'dump' && hasCopy && !(await isCut(dataDir, row.dump ?? '')))
          wrong.push(`${key} is forgotten although its safe copy is there: ${said}`);
        continue;
      }
      if (now.content !== row.content) wrong.push(`${key} has other content`);
      // What is newer than the backup is lost with the ledger, and what was approved before it is asked about again.
      const mayDiffer = restored?.complete === false;
      if (now.decided !== row.decided && !mayDiffer)
        wrong.push(`${key} was ${row.decided} and is ${now.decided}: ${said}`);
    }
    const here = new Set([...after.values()].map(({ id }) => id));
    const missing = LATE.filter((id) => !here.has(id));
    if (missing.length > 0) wrong.push(`brought once more, ${missing.length} records are not there`);
    // Put back from the newest backup, nothing that was there at a proper end may be lost.
    const lost = before.size > after.size && restored === null;
    if (lost) wrong.push('there are fewer rows');
    if (isWell(health) && health.store.gone > 0) wrong.push('all is said to be well');
    return wrong;
  }
}

/** What trouble alone must not do: nothing is forgotten, and only what somebody was told was done is decided. */
function lostBetween(
  first: ReadonlyMap<string, Row>,
  now: ReadonlyMap<string, Row>,
  released: ReadonlySet<string>,
): string[] {
  const wrong: string[] = [];
  for (const [key, row] of first) {
    const is = now.get(key);
    if (is === undefined) wrong.push(`${key} is forgotten without any damage`);
    else if (released.has(row.id)) {
      if (!is.decided.startsWith('["open"')) wrong.push(`${key} was taken back, and is ${is.decided}`);
    } else if (is.decided !== row.decided || is.content !== row.content || is.gone)
      wrong.push(`${key} was ${row.decided} and is ${is.decided} without any damage`);
  }
  return wrong;
}

async function isCut(dataDir: string, dump: string): Promise<boolean> {
  const { identityOf } = await import('../../electron/station/health/copies.ts');
  return (await identityOf(join(dataDir, 'dumps', `${dump}.dump`))) !== dump;
}

async function fill(
  station: TestStation,
  phone: Phone,
  server: Awaited<ReturnType<typeof startPracticeServer>>,
): Promise<void> {
  await phone.firstSync();
  const parent = asParent(await phone.db.get('hc1-area-1-home-1'));
  const person = (n: number): Promise<unknown> =>
    phone.put(
      contact({
        id: `new-${n}`,
        type: 'person',
        name: `New ${n}`,
        parent,
        reportedAt: Date.now() - 86_400_000,
      }),
    );
  for (let n = 0; n < 12; n += 1) await person(n);
  const first = await station.take((await phone.exportStation()).bytes, 'first.chtdump');
  await compareAs(station, server, 'chw1');
  await station.ask('decide.approve', { batch: first.batch ?? '' });
  await uploadAs(station, server, 'chw1');
  // More of the same phone: some approved, some held, none sent.
  for (let n = 12; n < 20; n += 1) await person(n);
  const second = await station.take((await phone.exportStation()).bytes, 'second.chtdump');
  await compareAs(station, server, 'chw1');
  await station.ask('decide.approve', { batch: second.batch ?? '', except: ['new-15'] });
  await station.ask('decide.hold', { batch: second.batch ?? '', ids: ['new-15'], reason: 'ask her' });
  // A phone that names nobody, with photos, and a conflict that somebody settled by hand.
  const photos = Array.from({ length: 6 }, (_, n) =>
    document(
      `photo-${n}`,
      { type: 'data_record', form: 'visit', n },
      { attachments: { photo: attachment(`photo ${n}`.repeat(2000)) } },
    ),
  );
  await station.take(stationDump([...photos, report('two', { n: 0 })]), 'third.json');
  await station.take(stationDump([report('two', { n: 0, side: 'left' }, { history: 'al' })]), 'left.json');
  await station.take(stationDump([report('two', { n: 0, side: 'right' }, { history: 'ar' })]), 'right.json');
  const { leaves } = await station.ask('conflict.get', { id: 'two' });
  const ending = { id: 'two', merged: { type: 'data_record', n: 0, side: 'both' } };
  const { losses } = await station.ask('conflict.losses', ending);
  await station.ask('conflict.resolve', {
    ...ending,
    seen: leaves.map(({ rev }) => rev),
    losing: losses.map(({ path }) => [...path]),
  });
}

/** One more decision, and the files as a computer leaves them that loses its power then. */
async function killAfterDecision(dataDir: string, to: string): Promise<void> {
  cpSync(dataDir, `${to}-open`, { recursive: true });
  const station = await openTestStation({ dataDir: `${to}-open` });
  try {
    const { rows } = await station.ask('changes.list', { text: 'new-16', limit: 10, sort: 'id' });
    const batch = rows.find(({ state }) => state === 'approved')?.batch ?? '';
    await station.ask('decide.release', { batch, ids: ['new-16'] });
    cpSync(`${to}-open`, to, { recursive: true, filter: (name) => !name.endsWith('/LOCK') });
  } finally {
    await station.close();
    rmSync(`${to}-open`, { recursive: true, force: true });
  }
}

/**
 * Starts the station, waits for what it does by itself, has repaired what a person is asked about, brings the late export
 * once more, and closes it.
 */
async function restart({ dataDir, late }: Place): Promise<Health> {
  const station = await openTestStation({ dataDir });
  try {
    await ended(station);
    // Receipts stay readable whatever is wrong.
    const { rows } = await station.ask('batches.list', { limit: 1 });
    for (const { batch } of rows) await station.ask('receipt.get', { batch, format: 'text' });
    await station.ask('health.repair', {});
    await ended(station);
    const { outcome, problems } = await station.take(late);
    if (outcome === 'failed') throw new Error(`the late export failed: ${JSON.stringify(problems)}`);
    await ended(station);
    return await station.ask('health.get', {});
  } catch (error) {
    throw new Error(station.log.join('\n'), { cause: error });
  } finally {
    await station.close();
  }
}

async function ended(station: TestStation): Promise<void> {
  const { jobs } = await station.ask('jobs.list', {});
  for (const { job } of jobs) {
    const end = await station.wait(job);
    if (end.kind === 'failed') throw new Error(`a job failed: ${end.code}`);
  }
}

function rowsOf(dataDir: string): Map<string, Row> {
  const db = new DatabaseSync(join(dataDir, 'ledger.sqlite'));
  try {
    const rows = db
      .prepare(
        `SELECT id, rev, content, origin, dump, body_gone, json_array(state, held_reason, accepted_at IS NOT NULL,
           resolution IS NOT NULL) AS decided FROM changes WHERE class != 'broken'`,
      )
      .all();
    return new Map(
      rows.map((row) => {
        const text = (name: string): string => String(row[name]);
        const one: Row = {
          id: text('id'),
          rev: text('rev'),
          content: text('content'),
          origin: text('origin'),
          dump: row['dump'] === null ? null : text('dump'),
          decided: text('decided'),
          gone: row['body_gone'] === 1,
        };
        return [`${one.id} ${one.rev}`, one];
      }),
    );
  } finally {
    db.close();
  }
}

async function wrongIn(dataDir: string, rows: readonly Row[]): Promise<Row[]> {
  // As the station opens it: an older version that came back after a newer one stands beside the trees.
  const replica = withSpares(await openReplica(join(dataDir, 'replica')));
  try {
    return (await wrongAmong(replica, rows)).flatMap((at) => rows[at] ?? []);
  } finally {
    await replica.close();
  }
}
