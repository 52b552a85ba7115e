/**
 * The commands: what each takes and what its help says. The parser, the help and the types of what a command is
 * given all come from this one table.
 */
import { RECEIPT_FORMATS } from '../../shared/receipt.ts';
import { CLASSES } from '../../shared/review.ts';
import { fill, SHARED_OPTIONS, WRONG_USAGE } from './words.ts';

/** The command line is not one of the station's. `usage`: the help of the command that was meant. */
export class UsageError extends Error {
  readonly usage: string | undefined;

  constructor(message: string, usage?: string) {
    super(message);
    this.usage = usage;
  }
}

/** An option of a command. Its name is its key in the table: `dryRun` is `--dry-run`. */
export interface OptionSpec<Value = unknown> {
  readonly about: string;
  /** What stands for its value in the help; without it the option is a switch. */
  readonly value?: string;
  /** The value of a text; `option` is the name as it is typed. @throws UsageError */
  readonly read?: (text: string, option: string) => Value;
  readonly required?: true;
}

export interface CommandSpec {
  /** What the words after the command stand for, in commander's notation: `<one>`, `[maybe]`, `<one or more...>`. */
  readonly words: string;
  readonly about: string;
  readonly options: Readonly<Record<string, OptionSpec>>;
  /** Of these options exactly one must be given. */
  readonly exactlyOne?: readonly string[];
}

const flag = (about: string): OptionSpec<true> => ({ about });

const text = (value: string, about: string): OptionSpec<string> => ({ value, about, read: (given) => given });

const oneOf = <const Choice extends string>(
  choices: readonly Choice[],
  about: string,
): OptionSpec<Choice> => ({
  value: choices.join('|'),
  about,
  read: (given, option) => choiceOf(choices, given, option),
});

const list = (value: string, about: string): OptionSpec<string[]> => ({ value, about, read: splitList });

const number = (least: number, most: number, about: string): OptionSpec<number> => ({
  value: 'N',
  about,
  read: (given, option) => {
    const read = Number(given);
    if (/^\d+$/.test(given) && read >= least && read <= most) return read;
    throw new UsageError(fill(WRONG_USAGE.notANumber, { what: option, limit: `${least} to ${most}` }));
  },
});

function required<Value>(spec: OptionSpec<Value>): OptionSpec<Value> & { readonly required: true } {
  return { ...spec, required: true };
}

function splitList(given: string): string[] {
  return given.split(',').filter((part) => part !== '');
}

function choiceOf<Choice extends string>(choices: readonly Choice[], given: string, option: string): Choice {
  const found = choices.find((known) => known === given);
  if (found !== undefined) return found;
  throw new UsageError(fill(WRONG_USAGE.notOneOf, { what: option, limit: choices.join(', ') }));
}

const CLASS: OptionSpec<(typeof CLASSES)[number][]> = {
  value: 'CLASS,...',
  about: `only these classes: ${CLASSES.join(', ')}`,
  read: (given, option) => splitList(given).map((word) => choiceOf(CLASSES, word, option)),
};
const SIGN_IN = 'USER';
const PASSWORD_STDIN = flag(SHARED_OPTIONS.passwordStdin);
const PORT = number(0, 65_535, SHARED_OPTIONS.port);

/** Options of every command. */
export const EVERY_COMMAND = {
  data: text('DIR', SHARED_OPTIONS.data),
  replica: text('NAME|URL', SHARED_OPTIONS.replica),
  json: flag(SHARED_OPTIONS.json),
} as const;

/** In the order of the help. A name of two words is a command and a part of it: `server set`. */
export const COMMAND_TABLE = {
  import: {
    words: '<PATH...>',
    about: 'import every export in these files and folders',
    options: {
      user: text('NAME', 'the health worker, where the export does not name one'),
      device: text('ID', 'the device, where the export does not name one'),
    },
  },
  batches: { words: '', about: 'what was imported, by health worker and device', options: {} },
  show: {
    words: '<BATCH>',
    about: 'the records of a batch',
    options: {
      class: CLASS,
      limit: number(1, 1_000_000, 'at most so many'),
      after: text('ID', 'go on after this id'),
    },
  },
  difference: {
    words: '<ID>',
    about: 'what a record changes, field by field',
    options: { rev: text('REV', 'of this version') },
  },
  approve: {
    words: '<BATCH>',
    about: 'approve the ordinary records of a batch, or those of some classes',
    options: { class: CLASS, except: list('ID,...', 'all but these') },
  },
  hold: {
    words: '<BATCH> <ID...>',
    about: 'hold records, with a reason',
    options: {
      reason: required<string>({
        value: 'TEXT',
        about: 'why they are not sent for now',
        read: (given, option) => {
          if (given.trim() !== '') return given;
          throw new UsageError(fill(WRONG_USAGE.empty, { what: option }));
        },
      }),
    },
  },
  release: {
    words: '<BATCH> [ID...]',
    about: 'reopen approved or held records of a batch; all of them without an id',
    options: {},
  },
  conflicts: { words: '', about: 'records with more than one version', options: {} },
  resolve: {
    words: '<ID>',
    about: 'end a conflict',
    options: {
      keep: text('REV', 'the version that is kept'),
      merged: text('FILE', 'a file with the merged record, as one JSON object'),
    },
    exactlyOne: ['keep', 'merged'],
  },
  'server set': { words: '<URL>', about: 'choose the server of this station', options: {} },
  'server check': { words: '', about: 'whether the server answers, and which version it has', options: {} },
  compare: {
    words: '',
    about: 'ask the server what it has; sends nothing',
    options: {
      as: required(text(SIGN_IN, 'sign in as this health worker')),
      passwordStdin: PASSWORD_STDIN,
    },
  },
  upload: {
    words: '[BATCH...]',
    about: 'send what is approved',
    options: {
      as: text(SIGN_IN, 'as this health worker'),
      account: text('NAME', 'with a station account, which sends for all health workers'),
      dryRun: flag('only ask what the server would refuse; sends nothing'),
      passwordStdin: PASSWORD_STDIN,
    },
    exactlyOne: ['as', 'account'],
  },
  refused: {
    words: '[BATCH]',
    about: 'what the server will not take, and why',
    options: { of: text('USER', 'only of this health worker'), csv: flag('as a CSV file') },
  },
  password: {
    words: '',
    about: 'choose a new password, given in STATION_NEW_PASSWORD',
    options: {
      as: required(text(SIGN_IN, 'whose password it is')),
      passwordStdin: PASSWORD_STDIN,
    },
  },
  receipt: {
    words: '<BATCH>',
    about: 'the receipt of a batch',
    options: { format: oneOf(RECEIPT_FORMATS, 'text where nothing is said') },
  },
  status: {
    words: '',
    about: 'what waits, and how many records exist only on this computer',
    options: {},
  },
  ledger: {
    words: '',
    about: 'the history: who did what and when',
    options: { since: text('TIME', 'only from this time on') },
  },
  'ledger export': {
    words: '',
    about: 'the history with its chain of hashes, for auditors',
    options: { format: oneOf(['ndjson', 'csv'], 'ndjson where nothing is said') },
  },
  'ledger verify': {
    words: '',
    about: 'whether the history was changed',
    options: { head: text('HASH', 'the last hash that was written down elsewhere') },
  },
  sources: { words: '', about: 'what is plugged in now', options: {} },
  serve: {
    words: '',
    about: 'the window in a browser; prints an address that works once',
    options: { port: PORT, practice: flag('with a practice server and practice exports') },
  },
  practice: { words: '', about: 'a practice server with practice exports', options: { port: PORT } },
} as const satisfies Record<string, CommandSpec>;

export type CommandName = keyof typeof COMMAND_TABLE;
export const COMMAND_NAMES = Object.keys(COMMAND_TABLE) as CommandName[];

/** What the options of a command give: those that must be there, and those that may. */
type ValuesOf<Options> = {
  readonly [Key in keyof Options as Options[Key] extends { readonly required: true } ? Key : never]: ValueOf<
    Options[Key]
  >;
} & {
  readonly [Key in keyof Options as Options[Key] extends { readonly required: true } ? never : Key]?: ValueOf<
    Options[Key]
  >;
};
type ValueOf<Option> = Option extends OptionSpec<infer Value> ? Value : never;

/** A command line that is right. */
export interface Command<Name extends CommandName = CommandName> {
  readonly name: Name;
  /** The words after the command that belong to no option, as many as the table says. */
  readonly words: readonly string[];
  readonly dataDir: string;
  readonly replica: string | undefined;
  readonly json: boolean;
  readonly options: ValuesOf<(typeof COMMAND_TABLE)[Name]['options']>;
}
