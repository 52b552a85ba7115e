/** The people of the station at a terminal: who gives the command, and the commands about people. */
import type { Station } from '../../shared/contract.ts';
import { StationError } from '../../shared/errors.ts';
import type { StaffMember } from '../../shared/people.ts';
import { UsageError, type Command } from './command-table.ts';
import { lineOfInput } from './input.ts';
import { DONE, print } from './outcome.ts';
import { say, sayTable, word } from './say.ts';
import { TERMINAL, typed, type Talk } from './talk.ts';

/** The station, as far as these commands need it. */
type Asked = Pick<Station, 'ask'>;

/**
 * Whoever gives the command signs in: `--person`, with the PIN or passphrase from STATION_PIN, standard input or the
 * keyboard, never from an argument. Without it the computer's account has to stand for somebody, or nobody was set up.
 * @throws StationError `sign-in-needed`, `wrong-secret`, `try-later`, `choose-first`
 * @throws UsageError
 */
export async function signInAtTerminal(
  { ask }: Asked,
  command: Command,
  talk: Talk = TERMINAL,
): Promise<void> {
  const { person } = command;
  // The code lets in.
  if (command.name === 'people recover') return;
  if (person !== undefined) {
    const secret = await secretFor('STATION_PIN', word('pinPrompt', { name: person }), command, talk);
    await ask('desk.sign-in', { name: person, secret });
  }
  const { state } = await ask('desk.get', {});
  if (state === 'choosing' && command.name !== 'people pin') throw new StationError('choose-first');
  if (state !== 'in' && state !== 'choosing') throw new StationError('sign-in-needed');
}

async function secretFor(
  variable: 'STATION_PIN' | 'STATION_SECOND_PIN' | 'STATION_NEW_PIN' | 'STATION_RECOVERY_CODE',
  prompt: string,
  command: Command,
  talk: Talk = TERMINAL,
): Promise<string> {
  const given = command.pinStdin ? lineOfInput() : (process.env[variable] ?? '');
  const secret = given || (await typed(prompt, talk));
  if (secret === '') throw new UsageError(word('givePin', { variable }));
  return secret;
}

/**
 * The second person, whom `--second` names, where the station asks for two.
 * @throws UsageError
 */
export async function secondAtTerminal(
  command: Command,
  talk: Talk = TERMINAL,
): Promise<{ name: string; secret: string } | null> {
  const { second: name } = command;
  if (name === undefined) return null;
  return { name, secret: await secretFor('STATION_SECOND_PIN', word('pinPrompt', { name }), command, talk) };
}

function newSecret(command: Command, name: string): Promise<string> {
  return secretFor('STATION_NEW_PIN', word('newPinPrompt', { name }), command);
}

export async function people(terminal: Asked, command: Command<'people'>): Promise<number> {
  const { people: all } = await terminal.ask('staff.list', {});
  print(command, { people: all }, () =>
    sayTable(
      all.map(({ name, role, addedAt, leftAt, computer }) => ({
        name,
        role: word(role),
        since: addedAt,
        left: leftAt,
        account: computer,
      })),
    ),
  );
  return DONE;
}

export async function addPerson(terminal: Asked, command: Command<'people add'>): Promise<number> {
  const [name = ''] = command.words;
  const { role, computer } = command.options;
  const member = await terminal.ask('staff.add', {
    name,
    role,
    secret: await newSecret(command, name),
    ...(computer === undefined ? {} : { computer }),
  });
  const { recovery } = member;
  const code = told(command, member);
  if (recovery !== undefined && !command.json) say(word('recoveryCode', { code: recovery }));
  return code;
}

/** Another recovery code, in place of the one that is on paper. */
export async function makeCode(terminal: Asked, command: Command<'people code'>): Promise<number> {
  const { recovery } = await terminal.ask('staff.recovery', {});
  print(command, { recovery }, () => say(word('recoveryCode', { code: recovery })));
  return DONE;
}

/** An administrator comes in with the recovery code. */
export async function recoverPerson(terminal: Asked, command: Command<'people recover'>): Promise<number> {
  const [name = ''] = command.words;
  const code = await secretFor('STATION_RECOVERY_CODE', word('codePrompt'), command);
  await terminal.ask('desk.recover', { name, code, next: await newSecret(command, name) });
  print(command, { name, changed: true }, () => say(word('pinChosen')));
  return DONE;
}

export async function changePerson(terminal: Asked, command: Command<'people change'>): Promise<number> {
  const [name = ''] = command.words;
  const { role, computer, noComputer, left, back } = command.options;
  if (left === true && back === true) throw new UsageError(word('exactlyOne', { what: '--left, --back' }));
  const member = await terminal.ask('staff.change', {
    name,
    ...(role === undefined ? {} : { role }),
    ...(left === true ? { left: true } : back === true ? { left: false } : {}),
    ...(noComputer === true ? { computer: null } : computer === undefined ? {} : { computer }),
  });
  return told(command, member);
}

export async function resetPerson(terminal: Asked, command: Command<'people reset'>): Promise<number> {
  const [name = ''] = command.words;
  const { role } = command.options;
  const secret = await newSecret(command, name);
  const member = await terminal.ask('staff.reset', { name, secret, ...(role === undefined ? {} : { role }) });
  return told(command, member);
}

export async function choosePin(terminal: Asked, command: Command<'people pin'>): Promise<number> {
  const { person: name } = command;
  if (name === undefined) throw new UsageError(word('missingOption', { what: '--person' }));
  // What let them in is the old one; standard input was read for that, and its next line is the new one.
  const old =
    process.env['STATION_PIN'] || (await secretFor('STATION_PIN', word('pinPrompt', { name }), command));
  await terminal.ask('desk.choose', { old, next: await newSecret(command, name) });
  print(command, { name, changed: true }, () => say(word('pinChosen')));
  return DONE;
}

function told(command: Command, member: StaffMember): number {
  print(command, member, () =>
    say(
      word(member.leftAt === null ? 'personIs' : 'personLeft', {
        name: member.name,
        role: word(member.role),
      }),
    ),
  );
  return DONE;
}
