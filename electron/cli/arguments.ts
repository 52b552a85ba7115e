/** The command line: read by commander from the table of commands, and refused before anything is begun. */
import { StationError } from '../../shared/errors.ts';
import { resolve } from 'node:path';
import { CommanderError, Command as Program, Option } from 'commander';
import {
  COMMAND_NAMES,
  COMMAND_TABLE,
  EVERY_COMMAND,
  UsageError,
  type Command,
  type CommandName,
  type CommandSpec,
  type OptionSpec,
} from './command-table.ts';
import type { PhraseKey } from '../../shared/words/index.ts';
import { CLASSES } from '../../shared/review.ts';
import { dataFolder } from '../host/data-folder.ts';
import { word } from './say.ts';

/** Somebody asked for the help of the station, or of one command. */
export interface HelpAsked {
  readonly name: 'help';
  readonly text: string;
}

/** @throws UsageError */
export function parseCommand(argv: readonly string[]): Command | HelpAsked {
  let found: Command | undefined;
  let written = '';
  const program = programOf(
    (command) => (found = command),
    (part) => (written += part),
  );
  const meant = commandIn(program, argv);
  try {
    refuseOptionsAsValues(meant.program, meant.rest);
    program.parse(argv, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return { name: 'help', text: written };
    throw usageError(error, meant.program);
  }
  if (found === undefined) throw new UsageError(word('noCommand'), program.helpInformation());
  return found;
}

/** What commander calls the headings of its help, in the person's language. */
function headingOf(title: string): string {
  switch (title) {
    case 'Usage:':
      return word('headUsage');
    case 'Arguments:':
      return word('headArguments');
    case 'Options:':
      return word('headOptions');
    case 'Commands:':
      return word('headCommands');
    default:
      return title;
  }
}

/** Commander's own program for the table. `done` gets the command, `write` what it would print. */
function programOf(done: (command: Command) => void, write: (part: string) => void): Program {
  const root = new Program('npm run -s station --')
    .description(word('about'))
    .addHelpText('after', `\n${word('passwordFrom')}`)
    .helpOption('-h, --help', word('helpOption'))
    .helpCommand('help [COMMAND]', word('helpCommand'))
    // What follows the name of a command is the command's own, a `--` too.
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({ writeOut: write, writeErr: () => {} })
    .configureHelp({ styleTitle: headingOf, helpWidth: 100 });
  const programs = new Map<string, Program>([['', root]]);
  for (const name of COMMAND_NAMES) {
    const [first = '', second] = name.split(' ');
    const parent = second === undefined ? root : (programs.get(first) ?? group(root, first));
    const program = parent.command(second ?? first).enablePositionalOptions();
    if (second === undefined) programs.set(first, program);
    else programs.set(first, parent.helpCommand(false));
    fillIn(program, name, done);
  }
  return root;
}

/** A command that is only there with a part of it: `server set`. */
function group(root: Program, name: string): Program {
  return root
    .command(name)
    .description(name === 'server' ? word('helpServer') : '')
    .helpOption('-h, --help', word('helpOption'))
    .enablePositionalOptions();
}

function fillIn(program: Program, name: CommandName, done: (command: Command) => void): void {
  const spec: CommandSpec = COMMAND_TABLE[name];
  const options = { ...spec.options, ...EVERY_COMMAND };
  program.description(word(spec.about)).helpOption('-h, --help', word('helpOption'));
  if (spec.words !== '') program.arguments(spec.words);
  for (const [key, option] of Object.entries<OptionSpec>(options)) program.addOption(optionOf(key, option));
  program.action(() => {
    // Of `ledger --json verify` the option stands before the part.
    const given = program.optsWithGlobals<Record<string, unknown>>();
    for (const key of Object.keys(given))
      if (!Object.hasOwn(options, key)) throw new UsageError(word('optionOfOther', { what: typed(key) }));
    const { exactlyOne } = spec;
    if (exactlyOne !== undefined && exactlyOne.filter((key) => given[key] !== undefined).length !== 1)
      throw new UsageError(word('exactlyOne', { what: exactlyOne.map(typed).join(', ') }));
    const { data, replica, person, second, pinStdin, json, ...own } = given;
    done({
      name,
      words: program.args,
      dataDir: dataDir(data as string | undefined),
      replica: replicaPlace(replica as string | undefined, process.env['STATION_REPLICA']),
      person: person as string | undefined,
      second: second as string | undefined,
      pinStdin: pinStdin === true,
      json: json === true,
      options: own,
    });
  });
}

/**
 * A folder or an address. Everybody on this computer sees arguments: a password in one is none any more.
 * @throws StationError `bad-replica`
 */
function replicaPlace(argument: string | undefined, environment: string | undefined): string | undefined {
  if (argument !== undefined && /^https?:\/\//i.test(argument)) {
    const { username, password } = URL.parse(argument) ?? { username: '?', password: '' };
    if (username !== '' || password !== '') throw new StationError('bad-replica');
  }
  return argument ?? environment;
}

/** As it is typed: `dryRun` is `--dry-run`. */
function typed(key: string): string {
  return `--${key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

function optionOf(key: string, { value, about, read, required }: OptionSpec): Option {
  const option = new Option(
    value === undefined ? typed(key) : `${typed(key)} <${value}>`,
    word(about, { classes: CLASSES.join(', ') }),
  );
  if (read !== undefined) option.argParser((text) => read(text, typed(key)));
  return required === true ? option.makeOptionMandatory() : option;
}

/** The command that these arguments name, as far as they do, and what follows its name. */
function commandIn(root: Program, argv: readonly string[]): { program: Program; rest: readonly string[] } {
  let program = root;
  let rest = argv;
  for (;;) {
    const next = program.commands.find((command) => command.name() === rest[0]);
    if (next === undefined) return { program, rest };
    program = next;
    rest = rest.slice(1);
  }
}

/**
 * `--as --dry-run` is a name that was forgotten, not a person of that name. What really begins with a dash is
 * given as `--reason=-5`.
 */
function refuseOptionsAsValues(program: Program, rest: readonly string[]): void {
  for (const [at, given] of rest.entries()) {
    if (given === '--') return;
    const next = rest[at + 1];
    const takesValue = program.options.some((option) => option.required && option.long === given);
    if (takesValue && next !== undefined && /^-./.test(next))
      throw new UsageError(word('missingValue', { what: given }));
  }
}

/** The sentence for each code of commander's. */
const SENTENCES: Readonly<Record<string, PhraseKey<'cli'>>> = {
  'commander.help': 'noCommand',
  'commander.unknownCommand': 'unknownCommand',
  'commander.unknownOption': 'unknownOption',
  'commander.missingArgument': 'missingArgument',
  'commander.excessArguments': 'tooManyArguments',
  'commander.optionMissingArgument': 'missingValue',
  'commander.missingMandatoryOptionValue': 'missingOption',
};

function usageError(error: unknown, meant: Program): unknown {
  const usage = meant.helpInformation();
  if (error instanceof UsageError) return new UsageError(error.message, usage);
  if (!(error instanceof CommanderError)) return error;
  // What is meant stands in quotes. Only the option's name: behind it may be a password, which belongs in no log.
  const what = /'(--[^'=]*|-.|[^'-][^'=]*)/.exec(error.message)?.[1] ?? '';
  return new UsageError(word(SENTENCES[error.code] ?? 'wrongUsage', { what }), usage);
}

/** Where the person stands: npm scripts run from the repository, whatever folder they were called from. */
export function fromWhereThePersonStands(path: string): string {
  return resolve(process.env['INIT_CWD'] ?? process.cwd(), path);
}

function dataDir(given: string | undefined): string {
  const named = given ?? process.env['STATION_DATA'];
  if (named !== undefined && named !== '') return fromWhereThePersonStands(named);
  return dataFolder();
}
