import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  COMMAND_NAMES,
  fromWhereThePersonStands,
  parseCommand,
  USAGE,
  UsageError,
} from '../../electron/cli/arguments.ts';
import { CLASSES } from '../../shared/review.ts';

beforeEach(() => {
  for (const name of ['INIT_CWD', 'STATION_DATA', 'STATION_REPLICA', 'XDG_CONFIG_HOME', 'APPDATA'])
    vi.stubEnv(name, undefined);
});
afterEach(() => {
  vi.unstubAllEnvs();
});

const parse = (line: string) => parseCommand(line.split(' ').filter((word) => word !== ''));

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
      { options: { classes: ['new', 'conflict'], limit: 5, after: 'x' } },
    ],
    ['difference x --rev 1-a', { words: ['x'], options: { rev: '1-a' } }],
    ['approve b1', { words: ['b1'] }],
    ['approve b1 --class new --except a,b', { options: { classes: ['new'], except: ['a', 'b'] } }],
    ['hold b1 x y --reason later', { words: ['b1', 'x', 'y'], options: { reason: 'later' } }],
    ['release b1', { words: ['b1'] }],
    ['release b1 x y', { words: ['b1', 'x', 'y'] }],
    ['conflicts', {}],
    ['resolve x --keep 1-a', { words: ['x'], options: { keep: '1-a' } }],
    ['resolve x --merged f.json', { options: { merged: 'f.json' } }],
    ['server set https://cht.example.org', { words: ['set', 'https://cht.example.org'] }],
    ['server check', { words: ['check'] }],
    ['compare --as chw1 --password-stdin', { options: { as: 'chw1', passwordStdin: true } }],
    ['upload --as chw1', { words: [], options: { as: 'chw1', passwordStdin: false } }],
    ['upload b1 b2 --as chw1', { words: ['b1', 'b2'] }],
    ['receipt b1 --format html', { options: { format: 'html' } }],
    ['status', {}],
    ['ledger --since 2026-01-01', { options: { since: '2026-01-01' } }],
    ['sources', {}],
    ['serve --port 0', { options: { port: 0 } }],
    ['practice --port 65535', { options: { port: 65_535 } }],
    // The same words in another order.
    ['show --limit 5 b1 --json', { words: ['b1'], json: true, options: { limit: 5 } }],
    ['import -- --user', { words: ['--user'] }],
  ])('%s', (line, expected) => {
    expect(parse(line)).toMatchObject(expected);
  });

  it.each(CLASSES)('takes the class %s', (kind) => {
    expect(parse(`show b1 --class ${kind}`).options.classes).toEqual([kind]);
  });

  it.each(COMMAND_NAMES)('the usage tells of %s', (name) => {
    expect(USAGE).toMatch(new RegExp(`^ +(.* \\| )?${name}( |$)`, 'm'));
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

  it.each([
    ['linux', {}, join(homedir(), '.config')],
    ['linux', { XDG_CONFIG_HOME: '/xdg' }, '/xdg'],
    ['darwin', {}, join(homedir(), 'Library', 'Application Support')],
    ['win32', { APPDATA: '/roaming' }, '/roaming'],
    ['win32', {}, join(homedir(), 'AppData', 'Roaming')],
  ])('on %s with %j is below %s', (platform, env, expected) => {
    vi.spyOn(process, 'platform', 'get').mockReturnValue(platform as NodeJS.Platform);
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
    expect(parse('status').dataDir).toBe(join(expected, 'CHT Aggregation Station', 'station'));
    vi.restoreAllMocks();
  });
});
