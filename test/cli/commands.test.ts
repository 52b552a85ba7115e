/**
 * The command line as scripts use it: each command as a process of its own against a practice server. The
 * shapes are those of the documented contract (`DOCUMENTED`), and what else a command gives (`MORE`); a key
 * that comes or goes is a change of the contract.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DUMPED, writePracticeDumps } from '../../electron/practice/dumps.ts';
import { startPracticeServer, type PracticeServer } from '../../electron/practice/server.ts';
import { report } from '../support/documents.ts';
import { docsDump, stationDump } from '../support/dumps.ts';
import { leavesAt } from '../support/edits.ts';
import { temporaryFolder } from '../support/folder.ts';
import { signInAs } from '../support/uploads.ts';
import { runCli, runJson, type CliOptions } from '../support/cli.ts';
import { openTestStation } from '../support/station.ts';

type Value = Record<string, unknown>;

const IMPORT = {
  DOCUMENTED: [
    'dump',
    'format',
    'user',
    'device',
    'batch',
    'batches',
    'documents',
    'came',
    'attachments',
    'problems',
    'seconds',
  ],
  MORE: ['name', 'outcome', 'problemsTotal', 'takenAt'],
};
const BATCH = {
  DOCUMENTED: ['batch', 'user', 'device', 'dump', 'takenAt', 'comparedAt', 'counts', 'decided'],
  MORE: [
    'aside',
    'dismissedAt',
    'namedElsewhere',
    'claimedUser',
    'acceptedCounts',
    'delivered',
    'dumpName',
    'flags',
    'format',
    'ordinary',
    'signsIn',
    'unusual',
  ],
};
const UPLOAD = {
  DOCUMENTED: ['upload', 'sent', 'accepted', 'already', 'refused', 'failed', 'bytes', 'seconds'],
  MORE: [
    'account',
    'endedAt',
    'error',
    'lapsed',
    'others',
    'outcome',
    'startedAt',
    'totals',
    'user',
    'waiting',
    'way',
  ],
};
const RECEIPT = [
  'code',
  'batch',
  'batches',
  'name',
  'facility',
  'clerk',
  'period',
  'user',
  'device',
  'dump',
  'takenAt',
  'printedAt',
  'station',
  'server',
  'read',
  'alreadyHere',
  'authors',
  'toSend',
  'approved',
  'held',
  'heldRecords',
  'open',
  'accepted',
  'serverHadIt',
  'superseded',
  'settled',
  'notSent',
  'refused',
  'broken',
  'approvedBy',
  'history',
  'sentAs',
];

function expectKeys(value: unknown, ...keys: readonly (readonly string[])[]): void {
  expect(Object.keys(value as Value).sort()).toEqual(keys.flat().sort());
}
const rowsOf = (value: Value, name: string): Value[] => value[name] as Value[];

let server: PracticeServer;
let folder: ReturnType<typeof temporaryFolder>;
beforeAll(async () => {
  server = await startPracticeServer();
  folder = temporaryFolder();
});
afterAll(async () => {
  await server.close();
  folder.remove();
});

describe('the whole job from a script', () => {
  let data: string;
  beforeAll(async () => {
    data = join(folder.path, 'job');
    await writePracticeDumps(server, join(folder.path, 'stick'));
  });

  const run = async (
    words: readonly string[],
    expected: number,
    options: CliOptions = {},
  ): Promise<Value> => {
    const { code, value, stderr } = await runJson([...words, '--data', data], options);
    expect(code, `${words.join(' ')}: ${JSON.stringify(value)} ${stderr}`).toBe(expected);
    return value;
  };
  const as = (user: string): CliOptions => ({ env: { STATION_PASSWORD: signInAs(server, user).password } });

  it('takes, compares, decides, settles, uploads and proves', async () => {
    // The server.
    const set = await run(['server', 'set', server.url], 0);
    expectKeys(set, ['url', 'otherNames', 'version', 'reachable', 'error', 'checkedAt', 'comparedAt']);
    // Nobody is signed in yet, and so nobody is told the version.
    expect(set).toMatchObject({ url: server.url, version: null, reachable: true });

    // Taking.
    const taken = await run(['import', join(folder.path, 'stick')], 0);
    expectKeys(taken, ['imports']);
    const imports = rowsOf(taken, 'imports');
    expect(imports.map((one) => one['user']).sort()).toEqual(['chw1', 'chw2', 'chw3']);
    for (const one of imports) {
      expectKeys(one, IMPORT.DOCUMENTED, IMPORT.MORE);
      expectKeys(one['documents'], ['read', 'new', 'known', 'skipped', 'broken']);
      expectKeys(one['attachments'], ['read', 'bytes']);
      expect(one).toMatchObject({ outcome: 'taken', problems: [] });
    }
    const batchOf = (user: string): string => String(imports.find((one) => one['user'] === user)?.['batch']);
    const again = await run(['import', join(folder.path, 'stick')], 0);
    expect(
      rowsOf(again, 'imports').map((one) => [one['outcome'], (one['documents'] as Value)['new']]),
    ).toEqual(Array.from({ length: 3 }, () => ['again', 0]));

    // What was brought.
    const { batches } = (await run(['batches'], 0)) as { batches: Value[] };
    expect(batches).toHaveLength(3);
    for (const batch of batches) {
      expectKeys(batch, BATCH.DOCUMENTED, BATCH.MORE);
      expectKeys(batch['decided'], ['approved', 'held', 'open']);
      expect(batch['comparedAt']).toBeNull();
    }

    // The server's side.
    const compared = await run(['compare', '--as', 'sup_online'], 0, as('sup_online'));
    expectKeys(compared, ['checked', 'counts'], ['hidden']);
    expect(compared['counts']).toMatchObject({
      conflict: 2,
      deletion: 1,
      unplaced: 1,
      'never-sent': expect.any(Number) as number,
    });

    // One batch.
    const shown = rowsOf(await run(['show', batchOf('chw1')], 0), 'changes');
    for (const change of shown)
      expectKeys(
        change,
        ['id', 'rev', 'kind', 'class', 'unusual', 'decision'],
        ['label'],
        'reason' in change ? ['reason'] : [],
      );
    const ids = shown.map((change) => String(change['id']));
    expect(ids).toEqual([...ids].sort());
    const fresh = rowsOf(await run(['show', batchOf('chw1'), '--class', 'deletion,conflict'], 0), 'changes');
    expect(fresh.map((change) => [change['id'], change['class'], change['decision']])).toEqual([
      [DUMPED.conflict, 'conflict', 'open'],
      [DUMPED.chw1.deletion, 'deletion', 'open'],
    ]);
    const page = rowsOf(
      await run(['show', batchOf('chw1'), '--limit', '3', '--after', ids[4] ?? ''], 0),
      'changes',
    );
    expect(page.map((change) => change['id'])).toEqual(ids.slice(5, 8));

    // One change.
    const difference = await run(['difference', DUMPED.chw1.update], 0);
    expectKeys(difference, ['id', 'from', 'to', 'fields'], ['notCompared']);
    expect(difference).toMatchObject({
      id: DUMPED.chw1.update,
      from: { origin: 'server' },
      fields: [{ path: ['phone'], after: '+254000000001' }],
    });

    // A conflict: something needs a decision.
    const conflicts = await run(['conflicts'], 3);
    expectKeys(conflicts, ['conflicts'], ['total']);
    const [conflict = {}] = rowsOf(conflicts, 'conflicts');
    expectKeys(conflict, ['id', 'leaves', 'winner'], ['kind', 'label']);
    const leaves = conflict['leaves'] as Value[];
    expect(leaves).toHaveLength(2);
    for (const leaf of leaves)
      expectKeys(leaf, ['rev', 'user', 'device', 'takenAt'], ['deleted', 'exportedAt', 'origin']);
    const keep = String(leaves.find((leaf) => leaf['user'] === 'chw3')?.['rev']);
    expect(await run(['resolve', DUMPED.conflict, '--keep', keep, '--dry-run'], 0)).toEqual({ lost: [] });
    const resolved = await run(['resolve', DUMPED.conflict, '--keep', keep], 0);
    expect(resolved).toMatchObject({
      kept: keep,
      closed: [leaves.find((leaf) => leaf['rev'] !== keep)?.['rev']],
    });
    expect(await run(['conflicts'], 0)).toEqual({ conflicts: [], total: 0 });

    // Decisions.
    const decided = ['approved', 'held', 'open'];
    const approved = await run(['approve', batchOf('chw1'), '--except', DUMPED.chw1.deletion], 3);
    expectKeys(approved, decided, ['changed', 'decision']);
    expect(approved).toMatchObject({ held: 0, open: 1 });
    const held = await run(['hold', batchOf('chw1'), DUMPED.chw1.deletion, '--reason', 'ask her'], 0);
    expectKeys(held, decided, ['changed', 'decision']);
    expect(held).toMatchObject({ held: 1, open: 0, changed: 1 });
    expect(await run(['release', batchOf('chw1'), DUMPED.chw1.deletion], 0)).toMatchObject({
      held: 0,
      open: 1,
    });
    // Nobody can be asked here: without --yes nothing is deleted.
    const approveDeletion = ['approve', batchOf('chw1'), '--class', 'deletion'];
    expect(await run(approveDeletion, 1)).toMatchObject({ error: { code: 'would-delete', detail: '1' } });
    expect(await run(['show', batchOf('chw1'), '--class', 'deletion'], 0)).toMatchObject({
      changes: [{ decision: 'open' }],
    });
    const deletion = await run([...approveDeletion, '--yes'], 0);
    const undone = { undone: 1, later: 0, lapsed: 0 };
    expect(await run(['undo', String(deletion['decision'])], 0)).toEqual(undone);
    await run([...approveDeletion, '--yes'], 0);
    await run(['approve', batchOf('chw3')], 0);

    // Sending: as the health worker, with the password on standard input.
    const { user, password } = signInAs(server, 'chw1');
    const sending = ['upload', batchOf('chw1'), '--as', user, '--password-stdin'];
    const unasked = await runCli([...sending, '--data', data], { input: `${password}\n` });
    expect(unasked.code).toBe(1);
    expect(unasked.stderr).toContain('1 record would be deleted on the server:');
    const { changes: deleted = [] } = (await run(['show', batchOf('chw1'), '--class', 'deletion'], 0)) as {
      changes?: Value[];
    };
    expect(unasked.stderr).toContain(`  ${String(deleted[0]?.['label'])}\n`);
    expect((await leavesAt(server, DUMPED.chw1.deletion)).live).toHaveLength(1);
    const uploaded = await run([...sending, '--yes'], 0, { input: `${password}\n` });
    expectKeys(uploaded, UPLOAD.DOCUMENTED, UPLOAD.MORE);
    expect(uploaded).toMatchObject({ outcome: 'done', failed: [], refused: [] });
    const refused = await run(['upload', '--as', 'chw3'], 3, as('chw3'));
    for (const one of rowsOf(refused, 'refused')) expectKeys(one, ['id', 'rev', 'reason'], ['label']);
    expect(rowsOf(refused, 'refused').map((one) => one['id'])).toEqual([DUMPED.chw3.outOfArea]);
    // Kept is the lower of two revisions or the higher: where it would not win, it stands on top of the other.
    const { live } = await leavesAt(server, DUMPED.conflict);
    const top = leaves
      .map((leaf) => String(leaf['rev']))
      .toSorted()
      .at(-1);
    const onTop: unknown = expect.stringMatching(/^3-/);
    expect(live).toEqual([keep === top ? keep : onTop]);
    // Refused by the server's own word, it is no guess any more that could be tried.
    const tried = await run(['try', batchOf('chw3'), '--as', 'chw3'], 3, as('chw3'));
    expectKeys(tried, ['tried', 'accepted', 'also', 'refused']);
    expect(tried).toMatchObject({ tried: [DUMPED.chw3.outOfArea], accepted: 0 });
    // A list as CSV is text for people, and one JSON object for scripts.
    const csv = await run(['refused', '--csv'], 0);
    expectKeys(csv, ['name', 'content']);
    expect(csv['content']).toContain(DUMPED.chw3.outOfArea);

    // The proof.
    const receipt = await run(['receipt', batchOf('chw1')], 0);
    expectKeys(receipt, RECEIPT);
    expect(receipt).toMatchObject({ user: 'chw1', sentAs: ['chw1'], accepted: uploaded['accepted'] });
    for (const [format, begin] of [
      ['text', /^Receipt\n=/],
      ['html', /^<!doctype html>/],
    ] as const) {
      const { code, stdout } = await runCli(['receipt', batchOf('chw1'), '--format', format, '--data', data]);
      expect([code, stdout.endsWith('\n')]).toEqual([0, true]);
      expect(stdout).toMatch(begin);
    }

    const status = await run(['status'], 0);
    expectKeys(status, [
      'bodiesGone',
      'onlyHere',
      'sealed',
      'toReview',
      'conflicts',
      'outbox',
      'dumps',
      'unfinished',
      'lastUploadAt',
      'comparedAt',
      'backedUpAt',
      'behindSince',
      'notCaughtUp',
    ]);
    expectKeys(status['outbox'], ['toSend', 'waiting', 'unproven', 'accepted', 'refused', 'held', 'broken']);
    expect(status).toMatchObject({
      dumps: 3,
      unfinished: 0,
      conflicts: 0,
      outbox: { waiting: 0, refused: 1 },
    });

    const entries = rowsOf(await run(['ledger'], 0), 'entries');
    for (const entry of entries) expectKeys(entry, ['at', 'person', 'what', 'batch', 'id', 'rev', 'detail']);
    const whats = new Set(entries.map((entry) => entry['what']));
    for (const what of [
      'server-set',
      'imported',
      'compared',
      'approved',
      'held',
      'reopened',
      'undone',
      'uploaded',
    ])
      expect(whats).toContain(what);
    const [last] = entries.slice(-1);
    const since = rowsOf(await run(['ledger', '--since', String(last?.['at'])], 0), 'entries');
    expect(since.at(-1)).toEqual(last);
    expect(since.length).toBeLessThan(entries.length);

    const plugged = await run(['sources'], 0);
    // What is plugged into the computer of this test is not known; that it was looked at is.
    expect(plugged).toMatchObject({ partialCopies: [], sources: expect.any(Array) });
    expect(['running', 'blind']).toContain((plugged['layer'] as { kind: string }).kind);

    // The password stays nowhere.
    const everything = readdirSync(data, { recursive: true, withFileTypes: true }).filter((one) =>
      one.isFile(),
    );
    expect(everything.length).toBeGreaterThan(5);
    for (const one of everything)
      expect(readFileSync(join(one.parentPath, one.name)).includes(password), one.name).toBe(false);
  });
});

describe('what a command says to a script and to a person', () => {
  const good = () => stationDump([report('good')]);
  const put = (name: string, bytes: Uint8Array): string => {
    mkdirSync(join(folder.path, 'files'), { recursive: true });
    const path = join(folder.path, 'files', name);
    writeFileSync(path, bytes);
    return path;
  };
  const error = (code: string) => ({
    error: { code, sentence: expect.any(String) as string, action: expect.any(String) as string },
  });
  const data = (name: string): string[] => ['--data', join(folder.path, name)];

  it('of a wrong usage: 2, the usage for people, one object for scripts, and nothing is begun', async () => {
    for (const words of [['show'], ['upload', '--as', 'chw1', '--password', 'secret']]) {
      const { code, value, stderr } = await runJson([...words, ...data('wrong')]);
      expect([code, value]).toMatchObject([2, error('bad-params')]);
      expect(stderr).toContain('Usage: npm run');
    }
    const { code, stdout, stderr } = await runCli(['import']);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('Usage: npm run');
    expect(() => readdirSync(join(folder.path, 'wrong'))).toThrow(/ENOENT/);
  });

  it('of files that are bad: the others are taken, and the code says how it went', async () => {
    const bad = put('bad.txt', Buffer.from('Dear colleague'));
    const missing = join(folder.path, 'missing.json');
    const fine = put('fine.json', good());
    const half = put('half.json', docsDump([report('r1'), { ...report('r2'), _rev: 'x' }]));

    const mixed = await runJson(['import', missing, bad, fine, ...data('mixed')]);
    expect(mixed.code).toBe(3);
    expect(rowsOf(mixed.value, 'imports').map((one) => [one['name'], one['outcome']])).toEqual([
      ['missing.json', 'failed'],
      ['bad.txt', 'failed'],
      ['fine.json', 'taken'],
    ]);
    for (const one of rowsOf(mixed.value, 'imports')) expectKeys(one, IMPORT.DOCUMENTED, IMPORT.MORE);

    const aside = await runJson(['import', half, '--user', 'typed', '--device', 'd9', ...data('mixed')]);
    expect(aside.code).toBe(3);
    expect(aside.value).toMatchObject({
      imports: [
        {
          user: 'typed',
          device: 'd9',
          documents: { read: 2, new: 1, broken: 1 },
          problems: [{ code: 'bad-rev' }],
        },
      ],
    });

    const none = await runJson(['import', missing, bad, ...data('mixed')]);
    expect(none.code).toBe(1);
    expect(rowsOf(none.value, 'imports').map((one) => (one['problems'] as Value[])[0]?.['code'])).toEqual([
      'source-gone',
      'not-a-dump',
    ]);
    const words = await runCli(['import', missing, fine, ...data('mixed')]);
    expect([words.code, words.stdout]).toEqual([3, '']);
    expect(words.stderr).toContain('fine.json');
    const french = await runCli(['batches', ...data('mixed')], { env: { LC_ALL: 'fr_SN.UTF-8' } });
    expect(french.stderr).toMatch(/^lot +agent de santé +appareil/);
  });

  it('of what is not there, or cannot be done now: 1, and one object', async () => {
    const fine = put('fine.json', good());
    const { value } = await runJson(['import', fine, ...data('small')]);
    const [taken] = rowsOf(value, 'imports');
    const batch = String(taken?.['batch']);
    const failures: [words: string[], code: string, options?: CliOptions][] = [
      [['show', 'nothing'], 'not-found'],
      [['hold', batch, 'nothing', '--reason', 'x'], 'nothing-to-decide'],
      [['resolve', 'good', '--keep', '1-a'], 'not-in-conflict'],
      [['server', 'check'], 'no-server'],
      [['upload', '--as', 'chw1'], 'no-server', { env: { STATION_PASSWORD: 'x' } }],
    ];
    for (const [words, code, options] of failures) {
      const failed = await runJson([...words, ...data('small')], options);
      expect([words.join(' '), failed.code, failed.value]).toMatchObject([words.join(' '), 1, error(code)]);
    }
    await runJson(['server', 'set', server.url, ...data('small')]);
    const wrong = await runJson(['compare', '--as', 'chw1', ...data('small')], {
      env: { STATION_PASSWORD: 'wrong' },
    });
    expect([wrong.code, wrong.value]).toMatchObject([1, error('wrong-password')]);
    server.forgetFailures();
    for (const words of [['compare'], ['upload', '--as', 'chw1']]) {
      const unsaid = await runJson([...words, ...data('small')]);
      expect([unsaid.code, unsaid.value]).toMatchObject([2, error('bad-params')]);
    }
  });

  it('of data that another station is using: 1, and that station goes on', async () => {
    const station = await openTestStation({ dataDir: join(folder.path, 'used') });
    try {
      const busy = await runJson(['status', ...data('used')]);
      expect([busy.code, busy.value]).toMatchObject([1, error('data-in-use')]);
      expect(await station.take(good())).toMatchObject({ outcome: 'taken' });
    } finally {
      await station.close();
    }
    expect((await runJson(['status', ...data('used')])).value).toMatchObject({ dumps: 1 });
  });

  it('is about the paths of where the person stands, and the data that STATION_DATA names', async () => {
    put('fine.json', good());
    const options: CliOptions = {
      cwd: folder.path,
      env: { INIT_CWD: join(folder.path, 'files'), STATION_DATA: relative('/x/files', '/x/named') },
    };
    const { code, value } = await runJson(['import', 'fine.json'], options);
    expect([code, rowsOf(value, 'imports')[0]?.['outcome']]).toEqual([0, 'taken']);
    expect(readdirSync(join(folder.path, 'named'))).toContain('ledger.sqlite');
  });

  it('without --json goes to people only, cleaned of what could steer a terminal', async () => {
    const hostile = '\u001b[2J\u001b]0;owned\u0007';
    const path = put(
      'hostile.json',
      docsDump([report('r1'), report(`x${hostile}`), { ...report(`y${hostile}`), _rev: 'x' }]),
    );
    const runs = [
      // A name that nobody can have is refused before anything is taken.
      await runCli(['import', path, '--user', `u${hostile}`, ...data('hostile')]),
      await runCli(['import', path, '--user', 'u', ...data('hostile')]),
      await runCli(['batches', ...data('hostile')]),
      await runCli(['status', ...data('hostile')]),
      await runCli(['ledger', ...data('hostile')]),
    ];
    const { value } = await runJson(['batches', ...data('hostile')]);
    const batch = String(rowsOf(value, 'batches')[0]?.['batch']);
    runs.push(await runCli(['show', batch, ...data('hostile')]));
    for (const { stdout, stderr } of runs) {
      expect(stdout).toBe('');
      // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
      expect(stderr).not.toMatch(/[\u001b\u0007]/);
      expect(stderr).not.toBe('');
    }
    const receipt = await runCli(['receipt', batch, ...data('hostile')]);
    // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
    expect(receipt.stdout).not.toMatch(/[\u001b\u0007]/);
  });
});
