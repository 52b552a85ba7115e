/**
 * The commands: what each takes and what its help says. The parser, the help and the types of what a command is
 * given all come from this one table.
 */
import { CONFIGURATION_NAMES } from '../../shared/practice-configurations.ts';
import { ROLES } from '../../shared/people.ts';
import { RECEIPT_FORMATS } from '../../shared/receipt.ts';
import { UNUSUAL_RULES, type UnusualRule } from '../../shared/unusual.ts';
import { CLASSES } from '../../shared/review.ts';
import type { PhraseKey } from '../../shared/words/index.ts';
import { word } from './say.ts';

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
  /** The key of its sentence in the words of the terminal. */
  readonly about: PhraseKey<'cli'>;
  /** What stands for its value in the help; without it the option is a switch. */
  readonly value?: string;
  /** The value of a text; `option` is the name as it is typed. @throws UsageError */
  readonly read?: (text: string, option: string) => Value;
  readonly required?: true;
}

export interface CommandSpec {
  /** What the words after the command stand for, in commander's notation: `<one>`, `[maybe]`, `<one or more...>`. */
  readonly words: string;
  /** The key of its sentence in the words of the terminal. */
  readonly about: PhraseKey<'cli'>;
  readonly options: Readonly<Record<string, OptionSpec>>;
  /** Of these options exactly one must be given. */
  readonly exactlyOne?: readonly string[];
}

const flag = (about: PhraseKey<'cli'>): OptionSpec<true> => ({ about });

const text = (value: string, about: PhraseKey<'cli'>): OptionSpec<string> => ({
  value,
  about,
  read: (given) => given,
});

const oneOf = <const Choice extends string>(
  choices: readonly Choice[],
  about: PhraseKey<'cli'>,
): OptionSpec<Choice> => ({
  value: choices.join('|'),
  about,
  read: (given, option) => choiceOf(choices, given, option),
});

const list = (value: string, about: PhraseKey<'cli'>): OptionSpec<string[]> => ({
  value,
  about,
  read: splitList,
});

const number = (least: number, most: number, about: PhraseKey<'cli'>): OptionSpec<number> => ({
  value: 'N',
  about,
  read: (given, option) => {
    const read = Number(given);
    if (/^\d+$/.test(given) && read >= least && read <= most) return read;
    throw new UsageError(word('notANumber', { what: option, least: String(least), most: String(most) }));
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
  throw new UsageError(word('notOneOf', { what: option, limit: choices.join(', ') }));
}

const CLASS: OptionSpec<(typeof CLASSES)[number][]> = {
  value: 'CLASS,...',
  about: 'optionClass',
  read: (given, option) => splitList(given).map((name) => choiceOf(CLASSES, name, option)),
};
const RULES: OptionSpec<UnusualRule[]> = {
  value: 'RULE,...',
  about: 'optionApproveUnusual',
  read: (given, option) => splitList(given).map((name) => choiceOf(UNUSUAL_RULES, name, option)),
};
const SIGN_IN = 'USER';
const YES = flag('optionYes');
const PASSWORD_STDIN = flag('optionPasswordStdin');
const PASSPHRASE_STDIN = flag('optionPassphraseStdin');
const PORT = number(0, 65_535, 'optionPort');

const CONFIGURATION = oneOf(CONFIGURATION_NAMES, 'optionConfiguration');

const ROLE = oneOf(ROLES, 'optionRole');
const COMPUTER = text('ACCOUNT', 'optionComputer');

/** Options of every command. */
export const EVERY_COMMAND = {
  data: text('DIR', 'optionData'),
  replica: text('NAME|URL', 'optionReplica'),
  person: text('NAME', 'optionPerson'),
  second: text('NAME', 'optionSecond'),
  pinStdin: flag('optionPinStdin'),
  json: flag('optionJson'),
} as const;

/** In the order of the help. A name of two words is a command and a part of it: `server set`. */
export const COMMAND_TABLE = {
  import: {
    words: '<PATH...>',
    about: 'helpImport',
    options: {
      user: text('NAME', 'optionImportUser'),
      device: text('ID', 'optionImportDevice'),
    },
  },
  batches: { words: '', about: 'helpBatches', options: {} },
  'health-workers': {
    words: '',
    about: 'helpWorkers',
    options: { absent: number(0, 100_000, 'optionWorkersAbsent') },
  },
  show: {
    words: '<BATCH>',
    about: 'helpShow',
    options: {
      class: CLASS,
      limit: number(1, 1_000_000, 'optionShowLimit'),
      after: text('ID', 'optionShowAfter'),
    },
  },
  difference: {
    words: '<ID>',
    about: 'helpDifference',
    options: { rev: text('REV', 'optionDifferenceRev') },
  },
  approve: {
    words: '<BATCH>',
    about: 'helpApprove',
    options: {
      class: CLASS,
      unusual: RULES,
      refused: flag('optionApproveRefused'),
      except: list('ID,...', 'optionApproveExcept'),
      yes: YES,
    },
  },
  hold: {
    words: '<BATCH> <ID...>',
    about: 'helpHold',
    options: {
      reason: required<string>({
        value: 'TEXT',
        about: 'optionHoldReason',
        read: (given, option) => {
          if (given.trim() !== '') return given;
          throw new UsageError(word('empty', { what: option }));
        },
      }),
    },
  },
  release: {
    words: '<BATCH> [ID...]',
    about: 'helpRelease',
    options: {},
  },
  dismiss: { words: '<BATCH_OR_FILE>', about: 'helpDismiss', options: { undo: flag('optionDismissUndo') } },
  'bring-back': { words: '<BATCH>', about: 'helpBringBack', options: {} },
  undo: { words: '<DECISION>', about: 'helpUndo', options: {} },
  conflicts: { words: '', about: 'helpConflicts', options: {} },
  contents: {
    words: '<ID>',
    about: 'helpContents',
    options: { rev: text('REV', 'optionDifferenceRev') },
  },
  choose: {
    words: '<ID> <CONTENT> <OTHERS...>',
    about: 'helpChoose',
    options: { rev: text('REV', 'optionDifferenceRev') },
  },
  resolve: {
    words: '<ID>',
    about: 'helpResolve',
    options: {
      keep: text('REV', 'optionResolveKeep'),
      merged: text('FILE', 'optionResolveMerged'),
      dryRun: flag('optionResolveDryRun'),
      yes: YES,
    },
    exactlyOne: ['keep', 'merged'],
  },
  'server set': { words: '<URL>', about: 'helpServerSet', options: {} },
  'server name': {
    words: '<ADDRESS>',
    about: 'helpServerName',
    options: { not: flag('optionServerNameNot') },
  },
  'server check': { words: '', about: 'helpServerCheck', options: {} },
  compare: {
    words: '',
    about: 'helpCompare',
    options: {
      as: required(text(SIGN_IN, 'optionCompareAs')),
      passwordStdin: PASSWORD_STDIN,
    },
  },
  upload: {
    words: '[BATCH...]',
    about: 'helpUpload',
    options: {
      as: text(SIGN_IN, 'optionUploadAs'),
      account: text('NAME', 'optionUploadAccount'),
      dryRun: flag('optionUploadDryRun'),
      yes: YES,
      passwordStdin: PASSWORD_STDIN,
    },
    exactlyOne: ['as', 'account'],
  },
  refused: {
    words: '[BATCH]',
    about: 'helpRefused',
    options: { of: text('USER', 'optionRefusedOf'), csv: flag('optionRefusedOf') },
  },
  try: {
    words: '<BATCH>',
    about: 'helpTry',
    options: { as: required(text(SIGN_IN, 'optionTryAs')), passwordStdin: PASSWORD_STDIN },
  },
  password: {
    words: '',
    about: 'helpPassword',
    options: {
      as: required(text(SIGN_IN, 'optionPasswordAs')),
      passwordStdin: PASSWORD_STDIN,
    },
  },
  receipt: {
    words: '<BATCH>',
    about: 'helpReceipt',
    options: { format: oneOf(RECEIPT_FORMATS, 'optionReceiptFormat') },
  },
  status: {
    words: '',
    about: 'helpStatus',
    options: {},
  },
  doctor: {
    words: '',
    about: 'helpDoctor',
    options: { repair: flag('optionDoctorRepair'), again: text('SHA256', 'optionDoctorAgain') },
  },
  backup: { words: '<TO>', about: 'helpBackup', options: { passphraseStdin: PASSPHRASE_STDIN } },
  restore: { words: '<FROM>', about: 'helpRestore', options: { passphraseStdin: PASSPHRASE_STDIN } },
  retention: { words: '', about: 'helpRetention', options: {} },
  'retention set': { words: '<DAYS>', about: 'helpRetentionSet', options: {} },
  'retention apply': { words: '', about: 'helpRetentionApply', options: {} },
  ledger: {
    words: '',
    about: 'helpLedger',
    options: { since: text('TIME', 'optionLedgerSince') },
  },
  'ledger export': {
    words: '',
    about: 'helpLedgerExport',
    options: { format: oneOf(['ndjson', 'csv'], 'optionLedgerExportFormat') },
  },
  'ledger verify': {
    words: '',
    about: 'helpLedgerVerify',
    options: { head: text('HASH', 'optionLedgerVerifyHead') },
  },
  people: { words: '', about: 'helpPeople', options: {} },
  'people add': {
    words: '<NAME>',
    about: 'helpPeopleAdd',
    options: { role: required(ROLE), computer: COMPUTER },
  },
  'people change': {
    words: '<NAME>',
    about: 'helpPeopleChange',
    options: {
      role: ROLE,
      computer: COMPUTER,
      noComputer: flag('optionNoComputer'),
      left: flag('optionLeft'),
      back: flag('optionBack'),
    },
  },
  'people reset': { words: '<NAME>', about: 'helpPeopleReset', options: { role: ROLE } },
  'people pin': { words: '', about: 'helpPeoplePin', options: {} },
  'people code': { words: '', about: 'helpPeopleCode', options: {} },
  'people recover': { words: '<NAME>', about: 'helpPeopleRecover', options: {} },
  sources: { words: '', about: 'helpSources', options: {} },
  phones: { words: '', about: 'helpPhones', options: {} },
  'phone read': {
    words: '[PHONE]',
    about: 'helpPhoneRead',
    options: { user: text('NAME', 'optionPhoneUser'), whole: flag('optionPhoneWhole') },
  },
  'phone sync': {
    words: '[PHONE]',
    about: 'helpPhoneSync',
    options: { user: text('NAME', 'optionPhoneUser'), agree: text('DIGEST', 'optionPhoneAgree') },
  },
  'phone prepare': {
    words: '<NAME>',
    about: 'helpPhonePrepare',
    options: { passwordStdin: PASSWORD_STDIN, byPhone: flag('optionPhoneByPhone') },
  },
  'phone apply': {
    words: '[PHONE]',
    about: 'helpPhoneApply',
    options: { user: text('NAME', 'optionPhoneUser') },
  },
  'phone confirm': {
    words: '[PHONE]',
    about: 'helpPhoneConfirm',
    options: { user: text('NAME', 'optionPhoneUser') },
  },
  serve: {
    words: '',
    about: 'helpServe',
    options: { port: PORT, practice: flag('optionServePractice'), configuration: CONFIGURATION },
  },
  practice: { words: '', about: 'helpPractice', options: { port: PORT, configuration: CONFIGURATION } },
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
  /** Whoever gives the command, where they say so. */
  readonly person: string | undefined;
  /** Another person, who agrees where two are asked for. */
  readonly second: string | undefined;
  /** Their PIN or passphrase comes from standard input. */
  readonly pinStdin: boolean;
  readonly json: boolean;
  readonly options: ValuesOf<(typeof COMMAND_TABLE)[Name]['options']>;
}
