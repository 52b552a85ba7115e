/**
 * What one process does of a damaged station: trouble, damage, the starts after it, and what must hold then. Damage can end the
 * process itself (LevelDB asserts); what is known by then lies in a file, and the next process goes on from it.
 */
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { isWell, type Health } from '../../shared/health.ts';
import { openReplica } from '../../electron/replica/replica.ts';
import { withSpares } from '../../electron/replica/spares.ts';
import { wrongAmong } from '../../electron/workers/replica/restore.ts';
import { identityOf } from '../../electron/station/health/copies.ts';
import { openTestStation, type TestStation } from '../support/station.ts';
import { smallDiskAt } from '../support/small-disk.ts';
import { makeDamage, type DamageScript } from './damage-script.ts';
import { DISK_MEGABYTES, LATE, LATE_FILE, RESTARTS, TROUBLES, type Place } from './damage-trouble.ts';

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

/** How far it came. */
export interface Progress {
  /** Only while it is healed may damage end the process. */
  readonly phase: 'broken' | 'healing' | 'checked';
  readonly before: readonly (readonly [string, Row])[];
  readonly wrong: readonly string[];
}

export function progressFile(folder: string, seed: number): string {
  return join(folder, `seed-${seed}.json`);
}

/** @returns `null`: the process ended before the damage was done */
export function progressOf(folder: string, seed: number): Progress | null {
  const file = progressFile(folder, seed);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Progress) : null;
}

/**
 * Plays a seed, or what is left of it after a process that damage ended.
 * @param folder of a `DamageWorld`
 * @param disk where its small disk is mounted; `null`: there is none
 */
export async function playOn(folder: string, disk: string | null, seed: number): Promise<void> {
  const script = makeDamage(seed);
  const dataDir = join(disk ?? folder, `seed-${seed}`);
  const place: Place = {
    dataDir,
    disk: disk === null ? null : smallDiskAt(disk, DISK_MEGABYTES),
    late: join(folder, LATE_FILE),
    random: script.random,
    released: new Set(),
  };
  const wrong: string[] = [];
  let before: ReadonlyMap<string, Row> = new Map();
  const told = (phase: Progress['phase']): void => {
    const progress: Progress = { phase, before: [...before], wrong };
    writeFileSync(progressFile(folder, seed), JSON.stringify(progress));
  };
  const earlier = progressOf(folder, seed);
  try {
    if (earlier === null) {
      cpSync(join(folder, script.killed ? 'killed' : 'closed'), dataDir, { recursive: true });
      const first = rowsBeside(folder, dataDir);
      for (const trouble of script.troubles)
        wrong.push(...((await TROUBLES[trouble]?.(place)) ?? []).map((line) => `${trouble}: ${line}`));
      before = rowsBeside(folder, dataDir);
      wrong.push(...lostBetween(first, before, place.released));
      script.apply(dataDir);
      told('healing');
      for (const way of script.restarts) {
        wrong.push(...((await RESTARTS[way]?.(place)) ?? []).map((line) => `${way}: ${line}`));
        told('healing');
      }
    } else {
      wrong.push(...earlier.wrong);
      before = new Map(earlier.before);
      place.disk?.free();
    }
    const health = await restart(place);
    told('broken');
    wrong.push(...(await check(dataDir, health, before, script)));
  } catch (error) {
    wrong.push(`broke off: ${inFull(error)}`);
  }
  told('checked');
}

/** With what is behind it: the log of the station. */
function inFull(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const own = error.stack ?? error.message;
  return error.cause === undefined ? own : `${own}\n${inFull(error.cause)}`;
}

/** The rows of a station that is closed, or was killed; the files stay as they are. */
function rowsBeside(folder: string, dataDir: string): Map<string, Row> {
  const copy = join(folder, 'looked-at');
  try {
    for (const name of readdirSync(dataDir).filter((one) => /^ledger\.sqlite(?:-wal)?$/.test(one)))
      cpSync(join(dataDir, name), join(copy, name));
    return rowsOf(copy);
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

async function check(
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
  return (await identityOf(join(dataDir, 'dumps', `${dump}.dump`))) !== dump;
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

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [folder = '', disk = '', seed = ''] = process.argv.slice(2);
  await playOn(folder, disk === '' ? null : disk, Number(seed));
}
