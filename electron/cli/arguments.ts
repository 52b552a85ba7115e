/** The command line, parsed by node's own `parseArgs` and checked against what each command takes. */
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs, type ParseArgsOptionsConfig } from 'node:util';
import { CLASSES, type ChangeClass } from '../../shared/review.ts';
import { RECEIPT_FORMATS, type ReceiptFormat } from '../../shared/receipt.ts';

export const USAGE = `Usage: npm run -s station -- <command> [--data DIR] [--replica NAME|URL] [--json]

  import PATH... [--user NAME] [--device ID]   take every dump of these files and folders
  batches                                      what was brought, by health worker and device
  show BATCH [--class C,...] [--limit N --after ID]   the changes of a batch
  difference ID [--rev R]                      field by field
  approve BATCH [--class C,...] [--except ID,...]
  hold BATCH ID... --reason TEXT
  release BATCH [ID...]
  conflicts                                    documents with more than one version
  resolve ID --keep REV | --merged FILE
  server set URL | server check
  compare [--as USER]                          look at the server's side
  upload [BATCH...] --as USER [--dry-run]      send what is approved, as the health worker
  upload [BATCH...] --account NAME [--dry-run] the same with a station account that sees the whole server
  refused [BATCH] [--of USER] [--csv]          what the server will not take, and why
  password --as USER                           choose a new one (STATION_NEW_PASSWORD)
  receipt BATCH [--format text|html|json]
  status                                       what waits, what exists only on this computer
  ledger [--since TIME]                        who did what
  ledger export [--format ndjson|csv]          the same with its chain of hashes, for auditors
  ledger verify [--head HASH]                  whether it was changed
  sources                                      what is plugged in now
  serve [--port N]                             the window in a browser
  practice [--port N]                          a practice server with practice dumps

The password comes from STATION_PASSWORD or, with --password-stdin, from standard input.`;

export class UsageError extends Error {}

export const COMMAND_NAMES = [
  'import',
  'batches',
  'show',
  'difference',
  'approve',
  'hold',
  'release',
  'conflicts',
  'resolve',
  'server',
  'compare',
  'upload',
  'refused',
  'password',
  'receipt',
  'status',
  'ledger',
  'sources',
  'serve',
  'practice',
] as const;
export type CommandName = (typeof COMMAND_NAMES)[number];

export interface Command {
  readonly name: CommandName;
  readonly words: readonly string[];
  readonly dataDir: string;
  readonly replica: string | undefined;
  readonly json: boolean;
  readonly options: {
    readonly user?: string;
    readonly device?: string;
    readonly classes?: readonly ChangeClass[];
    readonly except?: readonly string[];
    readonly limit?: number;
    readonly after?: string;
    readonly rev?: string;
    readonly reason?: string;
    readonly keep?: string;
    readonly merged?: string;
    readonly as?: string;
    readonly account?: string;
    readonly of?: string;
    readonly head?: string;
    /** Of `ledger export`. */
    readonly exportAs?: 'ndjson' | 'csv';
    readonly dryRun: boolean;
    readonly csv: boolean;
    readonly passwordStdin: boolean;
    readonly format?: ReceiptFormat;
    readonly since?: string;
    readonly port?: number;
    readonly practice: boolean;
    readonly open: boolean;
  };
}

const EVERY = { data: { type: 'string' }, replica: { type: 'string' }, json: { type: 'boolean' } } as const;

const OPTIONS: Record<CommandName, ParseArgsOptionsConfig> = {
  import: { user: { type: 'string' }, device: { type: 'string' } },
  batches: {},
  show: { class: { type: 'string' }, limit: { type: 'string' }, after: { type: 'string' } },
  difference: { rev: { type: 'string' } },
  approve: { class: { type: 'string' }, except: { type: 'string' } },
  hold: { reason: { type: 'string' } },
  release: {},
  conflicts: {},
  resolve: { keep: { type: 'string' }, merged: { type: 'string' } },
  server: {},
  compare: { as: { type: 'string' }, 'password-stdin': { type: 'boolean' } },
  upload: {
    as: { type: 'string' },
    account: { type: 'string' },
    'dry-run': { type: 'boolean' },
    'password-stdin': { type: 'boolean' },
  },
  refused: { of: { type: 'string' }, csv: { type: 'boolean' } },
  password: { as: { type: 'string' }, 'password-stdin': { type: 'boolean' } },
  receipt: { format: { type: 'string' } },
  status: {},
  ledger: { since: { type: 'string' }, format: { type: 'string' }, head: { type: 'string' } },
  sources: {},
  serve: { port: { type: 'string' }, practice: { type: 'boolean' }, open: { type: 'boolean' } },
  practice: { port: { type: 'string' } },
};

/** How many words each command takes. */
const WORDS: Record<CommandName, readonly [least: number, most: number]> = {
  import: [1, Infinity],
  batches: [0, 0],
  show: [1, 1],
  difference: [1, 1],
  approve: [1, 1],
  hold: [2, Infinity],
  release: [1, Infinity],
  conflicts: [0, 0],
  resolve: [1, 1],
  server: [1, 2],
  compare: [0, 0],
  upload: [0, Infinity],
  refused: [0, 1],
  password: [0, 0],
  receipt: [1, 1],
  status: [0, 0],
  ledger: [0, 1],
  sources: [0, 0],
  serve: [0, 0],
  practice: [0, 0],
};

/** @throws UsageError */
export function parseCommand(argv: readonly string[]): Command {
  const [first, ...rest] = argv;
  const name = COMMAND_NAMES.find((known) => known === first);
  if (name === undefined)
    throw new UsageError(first === undefined ? 'No command.' : `Unknown command: ${first}`);
  const { values, positionals } = parse(name, rest);
  const [least, most] = WORDS[name];
  if (positionals.length < least || positionals.length > most)
    throw new UsageError(`Wrong number of words for ${name}.`);
  const text = (key: string): string | undefined =>
    typeof values[key] === 'string' ? values[key] : undefined;
  const command: Command = {
    name,
    words: positionals,
    dataDir: dataDir(text('data')),
    replica: text('replica') ?? process.env['STATION_REPLICA'],
    json: values['json'] === true,
    options: {
      ...present('user', text('user')),
      ...present('device', text('device')),
      ...present('classes', classesOf(text('class'))),
      ...present('except', listOf(text('except'))),
      ...present('limit', numberOf('limit', text('limit'), 1, 1_000_000)),
      ...present('after', text('after')),
      ...present('rev', text('rev')),
      ...present('reason', text('reason')),
      ...present('keep', text('keep')),
      ...present('merged', text('merged')),
      ...present('as', text('as')),
      ...present('account', text('account')),
      ...present('of', text('of')),
      ...present('head', text('head')),
      dryRun: values['dry-run'] === true,
      csv: values['csv'] === true,
      passwordStdin: values['password-stdin'] === true,
      ...(name === 'ledger'
        ? present('exportAs', exportFormatOf(text('format')))
        : present('format', formatOf(text('format')))),
      ...present('since', text('since')),
      ...present('port', numberOf('port', text('port'), 0, 65_535)),
      practice: values['practice'] === true,
      open: values['open'] === true,
    },
  };
  check(command);
  return command;
}

function check({ name, words, options }: Command): void {
  if (name === 'hold' && (options.reason ?? '').trim() === '') throw new UsageError('hold needs --reason.');
  if (name === 'resolve' && (options.keep === undefined) === (options.merged === undefined)) {
    throw new UsageError('resolve needs exactly one of --keep and --merged.');
  }
  if (name === 'upload' && (options.as === undefined) === (options.account === undefined))
    throw new UsageError('upload needs one of --as USER and --account NAME.');
  if (name === 'password' && options.as === undefined) throw new UsageError('password needs --as USER.');
  if (name === 'ledger' && words.length > 0 && words[0] !== 'export' && words[0] !== 'verify')
    throw new UsageError('ledger takes: export, or verify.');
  if (
    name === 'server' &&
    !(words[0] === 'set' && words.length === 2) &&
    !(words[0] === 'check' && words.length === 1)
  ) {
    throw new UsageError('server takes: set URL, or check.');
  }
}

function parse(
  name: CommandName,
  rest: string[],
): { values: Record<string, unknown>; positionals: string[] } {
  try {
    return parseArgs({
      args: rest,
      options: { ...EVERY, ...OPTIONS[name] },
      allowPositionals: true,
      strict: true,
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : 'Wrong usage.');
  }
}

function present<Key extends string, Value>(key: Key, value: Value | undefined): { [K in Key]?: Value } {
  return value === undefined ? {} : ({ [key]: value } as { [K in Key]?: Value });
}

function listOf(text: string | undefined): string[] | undefined {
  return text?.split(',').filter((part) => part !== '');
}

function classesOf(text: string | undefined): ChangeClass[] | undefined {
  return listOf(text)?.map((word) => {
    const found = CLASSES.find((known) => known === word);
    if (found === undefined) throw new UsageError(`Unknown class: ${word}. One of ${CLASSES.join(', ')}.`);
    return found;
  });
}

function formatOf(text: string | undefined): ReceiptFormat | undefined {
  if (text === undefined) return undefined;
  const found = RECEIPT_FORMATS.find((known) => known === text);
  if (found === undefined)
    throw new UsageError(`Unknown format: ${text}. One of ${RECEIPT_FORMATS.join(', ')}.`);
  return found;
}

function exportFormatOf(text: string | undefined): 'ndjson' | 'csv' | undefined {
  if (text === undefined || text === 'ndjson' || text === 'csv') return text;
  throw new UsageError(`Unknown format: ${text}. One of ndjson, csv.`);
}

function numberOf(name: string, text: string | undefined, least: number, most: number): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < least || value > most)
    throw new UsageError(`--${name} takes a number from ${least} to ${most}.`);
  return value;
}

/** Where the person stands: npm scripts run from the repository, whatever folder they were called from. */
export function fromWhereThePersonStands(path: string): string {
  return resolve(process.env['INIT_CWD'] ?? process.cwd(), path);
}

function dataDir(given: string | undefined): string {
  const named = given ?? process.env['STATION_DATA'];
  if (named !== undefined && named !== '') return fromWhereThePersonStands(named);
  const name = 'CHT Aggregation Station';
  switch (process.platform) {
    case 'win32':
      return join(process.env['APPDATA'] ?? join(homedir(), 'AppData', 'Roaming'), name, 'station');
    case 'darwin':
      return join(homedir(), 'Library', 'Application Support', name, 'station');
    default:
      return join(process.env['XDG_CONFIG_HOME'] ?? join(homedir(), '.config'), name, 'station');
  }
}
