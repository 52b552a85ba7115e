import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { audit } from '../../electron/ledger/audit.ts';
import { addChange } from '../../electron/ledger/changes.ts';
import { Database, number } from '../../electron/ledger/database.ts';
import { MIGRATIONS } from '../../electron/ledger/migrations.ts';
import { setSetting, setting } from '../../electron/ledger/settings.ts';
import { addTakenBatch, BY, newChange, openTestLedger, type TestLedger } from '../support/ledger.ts';
import { soon } from '../support/soon.ts';

const CHILD = new URL('child.ts', import.meta.url);
let ledger: TestLedger;
let children: ChildProcessWithoutNullStreams[] = [];

beforeEach(() => {
  ledger = openTestLedger();
});
afterEach(async () => {
  for (const child of children) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  children = [];
  ledger.remove();
});

/** Starts a process that uses the ledger, and waits for its first line. */
async function start(what: string, file: string): Promise<{ lines: string[]; kill: () => Promise<void> }> {
  const child = spawn(process.execPath, [fileURLToPath(CHILD), what, file]);
  children.push(child);
  const lines: string[] = [];
  let text = '';
  const first = new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (data: Buffer) => {
      text += data.toString('utf8');
      lines.splice(0, lines.length, ...text.split('\n').slice(0, -1));
      if (lines.length > 0) resolve();
    });
    let complaint = '';
    child.stderr.on('data', (data: Buffer) => (complaint += data.toString('utf8')));
    child.once('exit', () => reject(new Error(`the child ended: ${complaint}`)));
  });
  await first;
  return {
    lines,
    kill: async () => {
      const gone = once(child, 'close');
      child.kill('SIGKILL');
      await gone;
    },
  };
}

const audits = (db: Database): number => number(db.get('SELECT count(*) AS n FROM audit'), 'n');
const version = (db: Database): number =>
  number(db.get('SELECT user_version AS n FROM pragma_user_version'), 'n');

/** The tables with their indexes and triggers, as SQLite keeps their text, in the order in which they were made. */
function schemaOf(db: Database): string {
  const parts = db.all(`SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY rowid`);
  const head =
    '-- What the steps of migrations.ts make. Written by test/ledger/database.test.ts; not read by the program.\n';
  return [head, ...parts.map((row) => `${String(row['sql']).replaceAll(/^ {2}/gm, '')};\n`)].join('\n');
}

function codeOf(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error instanceof Error && 'code' in error ? error.code : error;
  }
  return 'no failure';
}

describe('opening the ledger', () => {
  it('makes a fresh file of the newest version, in WAL mode, synced on every commit, locked', () => {
    const { db } = ledger;
    expect(version(db)).toBe(MIGRATIONS.length);
    expect(db.get('PRAGMA journal_mode')).toEqual({ journal_mode: 'wal' });
    // 2 is FULL.
    expect(db.get('PRAGMA synchronous')).toEqual({ synchronous: 2 });
    expect(db.get('PRAGMA locking_mode')).toEqual({ locking_mode: 'exclusive' });
    expect(db.get('PRAGMA foreign_keys')).toEqual({ foreign_keys: 1 });
  });

  it('keeps what is there when it is opened again', () => {
    setSetting(ledger.db, 'server.url', 'https://cht.example.org');
    audit(ledger.db, BY, 'compared');
    const again = ledger.reopen();
    expect(setting(again, 'server.url')).toBe('https://cht.example.org');
    expect(audits(again)).toBe(1);
    expect(version(again)).toBe(MIGRATIONS.length);
  });

  it('makes the schema that schema.sql shows', async () => {
    // `npx vitest run --project unit test/ledger/database.test.ts --update` writes it anew.
    await expect(schemaOf(ledger.db)).toMatchFileSnapshot('../../electron/ledger/schema.sql');
  });

  it('brings an older file up to date by the steps it has not seen, and keeps what is in it', () => {
    const file = `${ledger.file}.older`;
    const older = Database.open(file);
    setSetting(older, 'server.url', 'https://cht.example.org');
    audit(older, BY, 'held');
    older.close();
    const later = [
      ...MIGRATIONS,
      'ALTER TABLE batches ADD COLUMN note TEXT; CREATE TABLE extra (n INTEGER) STRICT;',
      'INSERT INTO extra (n) SELECT count(*) FROM audit;',
    ];
    const newer = Database.open(file, later);
    expect(version(newer)).toBe(later.length);
    expect(setting(newer, 'server.url')).toBe('https://cht.example.org');
    expect(newer.all('SELECT n FROM extra')).toEqual([{ n: 1 }]);
    expect(schemaOf(newer)).toContain('note TEXT');
    newer.close();
    // Each step once only: the second opening inserts nothing.
    const again = Database.open(file, later);
    expect(again.all('SELECT n FROM extra')).toEqual([{ n: 1 }]);
    again.close();
    // This program is now the older one.
    expect(codeOf(() => Database.open(file))).toBe('data-too-new');
  });

  it('leaves the file as it was when a later step fails', () => {
    ledger.db.close();
    const failing = [...MIGRATIONS, 'CREATE TABLE half (n INTEGER); INSERT INTO nowhere VALUES (1);'];
    expect(() => Database.open(ledger.file, failing)).toThrow('nowhere');
    const db = ledger.reopenAfterClose();
    expect(version(db)).toBe(MIGRATIONS.length);
    expect(db.all(`SELECT name FROM sqlite_schema WHERE name = 'half'`)).toEqual([]);
  });

  it('refuses a file of a newer station and leaves it as it is', () => {
    ledger.db.run('DELETE FROM settings');
    ledger.db.close();
    const raw = new DatabaseSync(ledger.file);
    raw.exec(`PRAGMA user_version = ${MIGRATIONS.length + 1}`);
    raw.close();
    const before = readFileSync(ledger.file);
    expect(codeOf(() => Database.open(ledger.file))).toBe('data-too-new');
    expect(readFileSync(ledger.file).equals(before)).toBe(true);
    const back = new DatabaseSync(ledger.file);
    back.exec(`PRAGMA user_version = ${MIGRATIONS.length}`);
    back.close();
    expect(version(ledger.reopenAfterClose())).toBe(MIGRATIONS.length);
  });

  it('refuses a second process while the first goes on, and opens once the first is gone', async () => {
    ledger.db.close();
    const other = await start('hold', ledger.file);
    expect(codeOf(() => Database.open(ledger.file))).toBe('data-in-use');
    await other.kill();
    const db = ledger.reopenAfterClose();
    expect(audits(db)).toBe(1);
  });

  it('says that a file is no ledger instead of overwriting it', () => {
    const file = `${ledger.file}.other`;
    writeFileSync(file, 'These are the minutes of the meeting.'.repeat(100));
    expect(() => Database.open(file)).toThrow();
    expect(readFileSync(file, 'utf8')).toMatch(/^These are the minutes/);
  });
});

describe('a transaction', () => {
  it('is undone as a whole when it fails in the middle', () => {
    const { db } = ledger;
    expect(() =>
      db.transaction(() => {
        audit(db, BY, 'held');
        db.transaction(() => audit(db, BY, 'approved'));
        throw new Error('stop');
      }),
    ).toThrow('stop');
    expect(audits(db)).toBe(0);
    db.transaction(() => audit(db, BY, 'held'));
    expect(audits(db)).toBe(1);
  });

  it('is there as a whole once it has returned, whatever happens to the machine after', async () => {
    ledger.db.close();
    const other = await start('commit-for-ever', ledger.file);
    await soon(() => other.lines.length).toBeGreaterThan(2);
    await other.kill();
    const db = ledger.reopenAfterClose();
    const found = audits(db);
    // The child says a number after its commit: everything said is there, and no half of a transaction.
    expect(found % 100).toBe(0);
    expect(found).toBeGreaterThanOrEqual(100 * Number(other.lines.at(-1)));
  });

  it('leaves nothing when the machine goes off in the middle of it', async () => {
    ledger.db.close();
    const other = await start('stop-in-the-middle', ledger.file);
    await other.kill();
    const db = ledger.reopenAfterClose();
    expect(audits(db)).toBe(1);
    expect(db.get('SELECT what FROM audit')).toEqual({ what: 'held' });
  });
});

describe('evidence', () => {
  it('of who did what can only be added to', () => {
    const { db } = ledger;
    audit(db, BY, 'approved', { batch: 'b', id: 'x', rev: '1-a' });
    expect(() => db.run(`UPDATE audit SET person = 'nobody'`)).toThrow(/append-only/);
    expect(() => db.run('DELETE FROM audit')).toThrow(/append-only/);
    expect(() =>
      db.run(`INSERT OR REPLACE INTO audit (seq, at, person, what) VALUES (1, '', 'nobody', 'nothing')`),
    ).toThrow(/append-only/);
    expect(db.all('SELECT person, what FROM audit')).toEqual([{ person: 'clerk', what: 'approved' }]);
  });

  it('of what could not be read can only be added to', () => {
    const { db } = ledger;
    db.run(`INSERT INTO problems (dump, number, code, message) VALUES ('d', 1, 'not-json', 'x')`);
    expect(() => db.run(`UPDATE problems SET code = 'cut-off'`)).toThrow(/append-only/);
    expect(() => db.run('DELETE FROM problems')).toThrow(/append-only/);
  });

  it('of what a decision closed can only be added to', () => {
    const { db } = ledger;
    db.run(`INSERT INTO closed_bodies (id, rev, at, person, body) VALUES ('x', '1-a', '', 'clerk', '{}')`);
    expect(() => db.run(`UPDATE closed_bodies SET body = 'gone'`)).toThrow(/append-only/);
    expect(() => db.run('DELETE FROM closed_bodies')).toThrow(/append-only/);
  });
});

describe('what a dump says', () => {
  it.each([
    ['other scripts', 'Ünï→漢字🙂'],
    ['a zero character', 'before\u0000after'],
    ['quotes and percent signs', `'"%_\\; DROP TABLE changes`],
    ['line ends', 'a\r\nb'],
  ])('is kept as it is: %s', (_, text) => {
    addTakenBatch(ledger.db, { name: 'odd', changes: [{ change: newChange('x', { label: text }) }] });
    expect(ledger.db.get('SELECT label FROM changes')).toEqual({ label: text });
  });

  it('is one row for each revision, whoever brings it again', () => {
    const { db } = ledger;
    expect(addChange(db, 'dump-1', null, newChange('x', { ordinal: 1 }), BY)).toBe(true);
    expect(addChange(db, 'dump-2', null, newChange('x', { ordinal: 9 }), BY)).toBe(false);
    expect(db.all('SELECT dump, ordinal FROM changes')).toEqual([{ dump: 'dump-1', ordinal: 1 }]);
  });
});
