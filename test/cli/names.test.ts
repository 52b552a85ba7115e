/**
 * The whole job where people work: folders with umlauts, accents and blanks, paths longer than Windows once allowed, every
 * spelling of a path that a system knows, and a program that is killed in the middle of taking and of sending.
 */
import { existsSync, mkdirSync, readdirSync, renameSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { DUMPED, writePracticeDumps } from '../../electron/practice/dumps.ts';
import { startPracticeServer, type PracticeServer } from '../../electron/practice/server.ts';
import { runCli, runJson, type CliOptions } from '../support/cli.ts';
import { leavesAt } from '../support/edits.ts';
import { temporaryFolder } from '../support/folder.ts';
import { HANGS_MS } from '../support/soon.ts';
import { signInAs } from '../support/uploads.ts';

type Value = Record<string, unknown>;

const HUNG = 40 * 60_000;
const isWindows = process.platform === 'win32';

let server: PracticeServer;
let folder: ReturnType<typeof temporaryFolder>;
let stick: string;
/** One of the exports of the stick, more than 300 characters below its top. */
let deep: string;
beforeAll(async () => {
  server = await startPracticeServer();
  folder = temporaryFolder();
  stick = join(folder.path, 'Clé USB – Hélène Müller', 'Eigene Dateien');
  const [first] = await writePracticeDumps(server, stick);
  if (first === undefined) throw new Error('no dump');
  const far = join(
    stick,
    ...Array.from({ length: 7 }, () => 'Übergabe der Daten von Frau Müller-Lüdenscheid'),
  );
  mkdirSync(far, { recursive: true });
  deep = join(far, basename(first.path));
  renameSync(first.path, deep);
  expect(deep.length).toBeGreaterThan(300);
});
afterAll(async () => {
  await server.close();
  folder.remove();
});

const dataFolder = (name: string): string => join(folder.path, 'Zoë Gesundheit données', name);
const rowsOf = (value: Value, name: string): Value[] => value[name] as Value[];

async function run(
  data: string,
  words: readonly string[],
  expected: number,
  options?: CliOptions,
): Promise<Value> {
  const { code, value, stderr } = await runJson([...words, '--data', data], options);
  expect(code, `${words.join(' ')}: ${JSON.stringify(value)} ${stderr}`).toBe(expected);
  return value;
}

/** Runs a command and kills it as soon as something is so. Whether it was killed before it ended. */
async function killedOnce(
  words: readonly string[],
  isSo: () => boolean | Promise<boolean>,
  options: CliOptions = {},
): Promise<boolean> {
  const gone = new AbortController();
  const started = (kill: () => void): void => {
    // A command that ended first is asked about no more.
    const isTime = async (): Promise<boolean> => gone.signal.aborted || (await isSo());
    void vi.waitUntil(isTime, { timeout: HANGS_MS, interval: 5 }).then(kill, kill);
  };
  try {
    return (await runCli(words, { ...options, started })).code === null;
  } finally {
    gone.abort();
  }
}

const safeCopies = (data: string): string[] =>
  existsSync(join(data, 'dumps')) ? readdirSync(join(data, 'dumps')) : [];

/** Other ways to write a path, all of them right on this system. */
function spellings(path: string): string[] {
  const here = [relative(process.cwd(), path), join(stick, '..', relative(join(stick, '..'), path))];
  if (!isWindows) return here;
  return [
    ...here,
    path.replaceAll('\\', '/'),
    path.toUpperCase(),
    path.toLowerCase(),
    `${path.slice(0, 1).toLowerCase()}${path.slice(1)}`,
    `\\\\?\\${path}`,
  ];
}

describe('the job, killed twice', () => {
  it('takes, compares, approves, sends and proves all of it, once', { timeout: HUNG }, async () => {
    // Taking. Where a quick computer was done before it could be killed, it begins anew elsewhere.
    let data = '';
    for (let n = 0; ; n += 1) {
      data = dataFolder(`station ${n}`);
      const at = data;
      if (await killedOnce(['import', stick, '--data', data], () => safeCopies(at).length > 0)) break;
    }
    const { imports } = (await run(data, ['import', stick], 0)) as { imports: Value[] };
    expect(imports.map((one) => one['user']).toSorted()).toEqual(['chw1', 'chw2', 'chw3']);
    expect(safeCopies(data).filter((name) => !/\.(dump|about)$/.test(name))).toEqual([]);
    const { batches } = (await run(data, ['batches'], 0)) as { batches: Value[] };
    expect(batches.map((one) => one['user']).toSorted()).toEqual(['chw1', 'chw2', 'chw3']);
    expect(batches.filter((one) => String(one['dumpName']).includes('Müller-Lüdenscheid'))).toHaveLength(1);

    const paths = [deep, ...spellings(deep)];
    const again = rowsOf(await run(data, ['import', ...paths], 0), 'imports');
    expect(again.map((one) => [one['outcome'], (one['documents'] as Value)['new']])).toEqual(
      paths.map(() => ['again', 0]),
    );

    await run(data, ['server', 'set', server.url], 0);
    const account = signInAs(server, 'sup_online');
    await run(data, ['compare', '--as', account.user], 0, { env: { STATION_PASSWORD: account.password } });
    const batch = String(batches.find((one) => one['user'] === 'chw1')?.['batch']);
    const { approved } = (await run(data, ['approve', batch, '--class', 'new'], 3)) as { approved: number };
    expect(approved).toBeGreaterThan(3);

    // Sending: killed once the server has the first of it.
    const { user, password } = signInAs(server, 'chw1');
    const asUser: CliOptions = { env: { STATION_PASSWORD: password } };
    const before = (await server.database().info()).update_seq;
    const sending = ['upload', batch, '--as', user];
    await killedOnce(
      [...sending, '--data', data],
      async () => (await server.database().info()).update_seq !== before,
      asUser,
    );
    const uploaded = await run(data, sending, 0, asUser);
    expect(uploaded).toMatchObject({ failed: [], refused: [] });

    const receipt = await run(data, ['receipt', batch], 0);
    expect(receipt).toMatchObject({ user: 'chw1', sentAs: ['chw1'], accepted: approved });
    for (const id of [...DUMPED.chw1.newReports, DUMPED.chw1.newPerson, DUMPED.chw1.photoReport])
      expect((await leavesAt(server, id)).live, id).toHaveLength(1);
    expect(await run(data, ['status'], 0)).toMatchObject({
      dumps: 3,
      unfinished: 0,
      outbox: { waiting: 0, unproven: 0, accepted: approved },
    });
    await run(data, ['ledger', 'verify'], 0);
  });
});

describe('what only looks like a path', () => {
  it.runIf(isWindows)(
    'names of devices and streams are no files, and nothing hangs',
    { timeout: HUNG },
    async () => {
      const names = ['CON', 'aux.json', 'NUL', 'C:\\aux', '\\\\.\\C:', `${deep}:stream`, 'a?b.json'];
      const { code, value } = await runJson(['import', ...names, '--data', dataFolder('devices')]);
      expect(code).toBe(1);
      const imports = rowsOf(value, 'imports');
      expect(imports.map((one) => one['outcome'])).toEqual(names.map(() => 'failed'));
      for (const one of imports)
        expect(['source-gone', 'not-a-file', 'not-readable']).toContain(
          (one['problems'] as Value[])[0]?.['code'],
        );
    },
  );
});
