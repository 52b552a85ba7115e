import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { fromWhereThePersonStands, parseCommand } from '../../electron/cli/arguments.ts';
import { COMMAND_NAMES, COMMAND_TABLE, EVERY_COMMAND, UsageError } from '../../electron/cli/command-table.ts';
import { CLASSES } from '../../shared/review.ts';
import { WORDS } from '../../shared/words/index.ts';

beforeEach(() => {
  for (const name of ['INIT_CWD', 'STATION_DATA', 'STATION_REPLICA', 'XDG_CONFIG_HOME', 'APPDATA'])
    vi.stubEnv(name, undefined);
});
afterEach(() => {
  vi.unstubAllEnvs();
});

const wordsOf = (line: string) => line.split(' ').filter((word) => word !== '');
const parse = (line: string) => {
  const command = parseCommand(wordsOf(line));
  if (command.name === 'help') throw new Error('help, and no command');
  return command;
};
const help = (line: string) => {
  const asked = parseCommand(wordsOf(line));
  if (asked.name !== 'help') throw new Error('a command, and no help');
  return asked.text;
};
/** The sentence and the usage that a person is told. */
const refusal = (...words: string[]): UsageError => {
  try {
    parseCommand(words);
  } catch (error) {
    if (error instanceof UsageError) return error;
    throw error;
  }
  throw new Error('nothing is wrong with it');
};

describe('a command line that is right', () => {
  it.each([
    ['import a.json', { words: ['a.json'] }],
    [
      'import a b --user chw1 --device d1 --json',
      { words: ['a', 'b'], json: true, options: { user: 'chw1', device: 'd1' } },
    ],
    ['batches', { words: [], json: false }],
    ['show b1', { words: ['b1'] }],
    [
      'show b1 --class new,conflict --limit 5 --after x',
      { options: { class: ['new', 'conflict'], limit: 5, after: 'x' } },
    ],
    ['difference x --rev 1-a', { words: ['x'], options: { rev: '1-a' } }],
    ['approve b1', { words: ['b1'] }],
    ['approve b1 --class new --except a,b', { options: { class: ['new'], except: ['a', 'b'] } }],
    ['hold b1 x y --reason later', { words: ['b1', 'x', 'y'], options: { reason: 'later' } }],
    ['release b1', { words: ['b1'] }],
    ['release b1 x y', { words: ['b1', 'x', 'y'] }],
    ['conflicts', {}],
    ['resolve x --keep 1-a', { words: ['x'], options: { keep: '1-a' } }],
    ['resolve x --merged f.json', { options: { merged: 'f.json' } }],
    ['server set https://cht.example.org', { name: 'server set', words: ['https://cht.example.org'] }],
    ['server check', { name: 'server check', words: [] }],
    ['compare --as chw1 --password-stdin', { options: { as: 'chw1', passwordStdin: true } }],
    ['upload --as chw1', { words: [], options: { as: 'chw1' } }],
    ['upload --account sender --dry-run', { options: { account: 'sender', dryRun: true } }],
    ['upload b1 b2 --as chw1', { words: ['b1', 'b2'] }],
    ['receipt b1 --format html', { options: { format: 'html' } }],
    ['status', {}],
    ['ledger --since 2026-01-01', { options: { since: '2026-01-01' } }],
    ['ledger export --format csv --json', { name: 'ledger export', json: true, options: { format: 'csv' } }],
    ['ledger verify --head abc', { name: 'ledger verify', options: { head: 'abc' } }],
    ['ledger --json verify', { name: 'ledger verify', json: true }],
    ['refused --of chw1 --csv', { words: [], options: { of: 'chw1', csv: true } }],
    ['password --as chw1', { options: { as: 'chw1' } }],
    ['sources', {}],
    ['serve --port 0', { options: { port: 0 } }],
    ['practice --port 65535', { options: { port: 65_535 } }],
    ['practice --configuration own-types', { options: { configuration: 'own-types' } }],
    ['serve --practice --configuration muting', { options: { practice: true, configuration: 'muting' } }],
    // The same words in another order.
    ['show --limit 5 b1 --json', { words: ['b1'], json: true, options: { limit: 5 } }],
    ['import -- --user', { words: ['--user'] }],
    ['import --user chw1 -- --help', { words: ['--help'], options: { user: 'chw1' } }],
    // A value that begins with a dash.
    ['show b1 --after=-x', { options: { after: '-x' } }],
  ])('%s', (line, expected) => {
    expect(parse(line)).toMatchObject(expected);
  });

  it.each(CLASSES)('takes the class %s', (kind) => {
    expect(parse(`show b1 --class ${kind}`).options).toEqual({ class: [kind] });
  });

  it('leaves out the options that nobody gave', () => {
    expect(parse('upload --as chw1').options).toEqual({ as: 'chw1' });
  });
});

describe('help', () => {
  it.each(['help', '--help', '-h'])('"%s" tells of every command, and how a password is given', (line) => {
    const text = help(line);
    for (const name of COMMAND_NAMES)
      expect(text).toMatch(new RegExp(`^ +${name.split(' ')[0] ?? ''}( |$)`, 'm'));
    expect(text).toContain('STATION_PASSWORD');
  });

  it.each(COMMAND_NAMES)('"%s --help" tells of its words and of each option, and runs nothing', (name) => {
    const { words, about, options } = COMMAND_TABLE[name];
    const text = help(`${name} --help`);
    expect(text.replaceAll(/\s+/g, ' ')).toContain(WORDS.en.cli[about]);
    expect(text).toContain(words);
    for (const key of Object.keys({ ...options, ...EVERY_COMMAND }))
      expect(text).toMatch(new RegExp(`^ +--${key.replaceAll(/[A-Z]/g, '-$&').toLowerCase()}( |$)`, 'm'));
    expect(text).toContain(`Usage: npm run -s station -- ${name} `);
  });

  it.each(['help upload', 'upload --help', 'upload b1 -h', 'upload --as chw1 --help'])(
    '"%s" is that of the command',
    (line) => {
      expect(help(line)).toBe(help('upload --help'));
    },
  );

  it('of a command with parts names the parts', () => {
    expect(help('server --help')).toMatch(/^ +set .*<URL>/m);
    expect(help('ledger --help')).toMatch(/^ +verify /m);
  });
});

describe('a command line that is wrong', () => {
  it.each([
    '',
    'nothing',
    '--json',
    '__proto__',
    'toString',
    'import',
    'import a --unknown',
    'import a --user',
    'batches b1',
    'show',
    'show a b',
    'show b1 --class odd',
    'show b1 --class new,odd',
    'show b1 --limit 0',
    'show b1 --limit -1',
    'show b1 --limit 1.5',
    'show b1 --limit many',
    'difference',
    'difference x y',
    'approve',
    'approve a b',
    'approve b1 --reason x',
    'hold b1 --reason x',
    'hold b1 x',
    'hold b1 x --reason=',
    'release',
    'conflicts x',
    'resolve --keep 1-a',
    'resolve x',
    'resolve x --keep 1-a --merged f',
    'server',
    'server set',
    'server check x',
    'server get',
    'server set a b',
    'compare x',
    'upload',
    'upload b1',
    'receipt',
    'receipt b1 --format pdf',
    'status now',
    'ledger --since',
    'ledger foo',
    'ledger verify --since 2026-01-01',
    'ledger export x',
    'ledger export --format pdf',
    'upload --as chw1 --account sender',
    'upload --as --dry-run',
    'upload b1 --dry',
    'status --json=no',
    'password',
    'compare',
    'serve --port 65536',
    'serve --port http',
    'sources x',
    // A password in the arguments could be read by everybody on the computer.
    'upload --as chw1 --password secret',
    'compare --as chw1 --password=secret',
    'upload --as chw1 -p secret',
  ])('"%s" is a wrong usage', (line) => {
    expect(() => parse(line)).toThrow(UsageError);
  });

  it('says what is wrong, with the usage of the command that was meant', () => {
    expect(refusal('show', 'b1', '--limit', 'many')).toMatchObject({
      message: '--limit needs a whole number from 1 to 1000000.',
      usage: expect.stringContaining('show [options] <BATCH>') as string,
    });
    const told: [words: string[], message: string][] = [
      [[], 'No command.'],
      [['nothing'], 'Unknown command: nothing.'],
      [['show', 'b1', '--odd'], 'Unknown option: --odd.'],
      [['show'], 'Missing: BATCH.'],
      [['show', 'a', 'b'], 'Too many arguments for show.'],
      [['import', 'a', '--user'], '--user <NAME> needs a value.'],
      [['import', 'a', '--user', '--json'], '--user needs a value.'],
      [['hold', 'b1', 'x'], 'Missing option: --reason <TEXT>.'],
      [['upload'], 'Exactly one of --as, --account is needed.'],
      [['receipt', 'b1', '--format', 'pdf'], '--format must be one of: text, html, json.'],
      [['ledger', '--since', '2026', 'verify'], '--since is no option of this command.'],
    ];
    for (const [words, message] of told) expect(refusal(...words).message).toBe(message);
  });

  it('never repeats what was given as a password', () => {
    for (const given of [['--password=hunter2'], ['--password', 'hunter2'], ['-phunter2']])
      expect(JSON.stringify(refusal('upload', '--as', 'chw1', ...given))).not.toContain('hunter2');
    expect(refusal('upload', '--as', 'chw1', '-phunter2').message).not.toContain('hunter2');
    expect(refusal('upload', '--as', 'chw1', '--password=hunter2').message).toBe(
      'Unknown option: --password.',
    );
  });

  it('holds with a reason of spaces is a wrong usage too', () => {
    expect(() => parseCommand(['hold', 'b1', 'x', '--reason', '   '])).toThrow(UsageError);
  });
});

describe('where the data is', () => {
  it('is what --data says, else STATION_DATA, else the folder of the system', () => {
    expect(parse('status').dataDir).toContain('CHT Aggregation Station');
    vi.stubEnv('STATION_DATA', '/data/named');
    expect(parse('status').dataDir).toBe(resolve('/data/named'));
    expect(parse('status --data /data/given').dataDir).toBe(resolve('/data/given'));
    vi.stubEnv('STATION_DATA', '');
    expect(parse('status').dataDir).toContain('CHT Aggregation Station');
  });

  it('is counted from where the person stands, not from where npm runs', () => {
    vi.stubEnv('INIT_CWD', resolve('/somewhere/else'));
    expect(parse('status --data here').dataDir).toBe(resolve('/somewhere/else/here'));
    vi.stubEnv('STATION_DATA', 'there');
    expect(parse('status').dataDir).toBe(resolve('/somewhere/else/there'));
    expect(fromWhereThePersonStands('../a.json')).toBe(resolve('/somewhere/a.json'));
    expect(fromWhereThePersonStands('/a.json')).toBe(resolve('/a.json'));
    vi.stubEnv('INIT_CWD', undefined);
    expect(fromWhereThePersonStands('a.json')).toBe(resolve('a.json'));
  });

  // Windows has other folders, and joins them otherwise: test/host/data-folder.test.ts has all of them.
  it.skipIf(process.platform === 'win32').each([
    ['linux', {}, join(homedir(), '.config')],
    ['linux', { XDG_CONFIG_HOME: '/xdg' }, '/xdg'],
    ['darwin', {}, join(homedir(), 'Library', 'Application Support')],
  ])('on %s with %j is below %s', (platform, env, expected) => {
    vi.spyOn(process, 'platform', 'get').mockReturnValue(platform as NodeJS.Platform);
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
    expect(parse('status').dataDir).toBe(join(expected, 'CHT Aggregation Station', 'station'));
    vi.restoreAllMocks();
  });
});

it.each([
  'https://station:secret@couch.example.org/replica',
  'https://station@couch.example.org/',
  'http://:',
])(
  'a replica whose password stands in the argument (%s) is refused, one from the environment is taken',
  (address) => {
    expect(() => parse(`status --replica ${address}`)).toThrow(
      expect.objectContaining({ code: 'bad-replica' }),
    );
    vi.stubEnv('STATION_REPLICA', address);
    expect(parse('status')).toMatchObject({ replica: address });
    expect(parse('status --replica https://couch.example.org/replica')).toMatchObject({
      replica: 'https://couch.example.org/replica',
    });
  },
);
