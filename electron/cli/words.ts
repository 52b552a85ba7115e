/** Every sentence of the help and of wrong usage, in one place. What a command reports stands where it reports it. */

export const ABOUT =
  'The station from a terminal: import exports of phones, review them, send what is approved.';

export const PASSWORD_NOTE =
  'The password comes from STATION_PASSWORD or, with --password-stdin, from standard input.\nIt is never an argument: everybody on this computer could read it.';

/** Commands that are only there with a part of them. */
export const GROUPS: Readonly<Record<string, string>> = {
  server: 'the server of this station: set it, or check it',
};

/** What the headings of the help are called. The keys are those of commander. */
export const HEADINGS: Readonly<Record<string, string>> = {
  'Usage:': 'Usage:',
  'Arguments:': 'Arguments:',
  'Options:': 'Options:',
  'Commands:': 'Commands:',
};

export const HELP_OPTION = 'this help';
export const HELP_COMMAND = 'the help of a command';

/** Options that every command takes, or that several share. */
export const SHARED_OPTIONS = {
  data: 'data folder (else STATION_DATA, else the folder of the system)',
  replica: 'where the records are kept: a name or an address (else STATION_REPLICA)',
  json: 'one JSON object on standard output, for scripts',
  passwordStdin: 'read the password from standard input',
  port: 'port to listen on; 0 for any',
} as const;

/** A wrong usage. `{what}` is the option, argument or command that is meant, `{limit}` what would be right. */
export const WRONG_USAGE = {
  noCommand: 'No command.',
  unknownCommand: 'Unknown command: {what}.',
  unknownOption: 'Unknown option: {what}.',
  missingArgument: 'Missing: {what}.',
  tooManyArguments: 'Too many arguments for {what}.',
  missingValue: '{what} needs a value.',
  missingOption: 'Missing option: {what}.',
  exactlyOne: 'Exactly one of {what} is needed.',
  optionOfOther: '{what} is no option of this command.',
  notANumber: '{what} takes a whole number from {limit}.',
  notOneOf: '{what} takes: {limit}.',
  empty: '{what} must not be empty.',
  other: 'Wrong usage.',
} as const;

/** A sentence with its gaps filled; what is not given stays as it is. */
export function fill(sentence: string, values: Readonly<Record<string, string>>): string {
  return sentence.replaceAll(/\{(\w+)\}/g, (gap, name: string) => values[name] ?? gap);
}
