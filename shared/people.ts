/**
 * The people of the station: who works at it, as what, and how they show who they are. Health workers, whose records come
 * here, are other people: they have users on the server and no part in this.
 */

/** `service`: no human, a script that an administrator gave a name. */
export const ROLES = ['admin', 'clerk', 'service'] as const;
export type Role = (typeof ROLES)[number];

/** Who acts. */
export interface Person {
  readonly name: string;
  readonly role: Role;
  /**
   * How that is known. `secret`: by PIN or passphrase. `computer`: the computer's account says so, because nobody was set
   * up here yet or because an administrator said whose account it is. `practice`: it is practice, where nobody is asked.
   */
  readonly by: 'secret' | 'computer' | 'practice';
}

/** The people who work here, as an administrator sees them. */
export interface StaffMember {
  readonly name: string;
  readonly role: Role;
  /** ISO 8601. */
  readonly addedAt: string;
  /** Since when they do not work here any more; `null`: they do. */
  readonly leftAt: string | null;
  /** They choose a PIN of their own when they next sign in. */
  readonly mustChoose: boolean;
  /** The computer's account that stands for them at a terminal. */
  readonly computer: string | null;
}

/**
 * How the place before the station is taken. `first`: nobody was set up here yet. `choosing`: somebody came with a PIN that
 * the administrator gave out, and chooses one of their own before anything else.
 */
export type DeskState = 'first' | 'signed-out' | 'locked' | 'choosing' | 'in';

/** What may be known to whoever looks at the window. */
export interface Desk {
  readonly state: DeskState;
  /** Who works; `null` unless somebody does: a locked station shows no name. */
  readonly person: Person | null;
  /** It locks by itself after so many minutes without a key, a click or a move. */
  readonly lockMinutes: number;
}

/** What an administrator sets about people. */
export interface PeopleRules {
  readonly lockMinutes: number;
  /** Many deletions, mass rewrites, and what a station account sends beyond its author's right need a second person. */
  readonly fourEyes: boolean;
}

export const PEOPLE_RULES: PeopleRules = { lockMinutes: 5, fourEyes: true };

/** What the station did by itself, in the history. */
export const STATION = 'station';
/** What was done before people were named: by whoever sat here, or by the station itself. Nobody knows any more. */
export const BEFORE_PEOPLE = 'before:people';
/** What was done in practice. */
export const PRACTICE = 'practice';
/** Before the name of an account of the computer. No person's name has a colon. */
const COMPUTER = 'computer:';

/** The name of the computer's account as a person of the history, marked as what it is. */
export function computerAccount(account: string): string {
  return COMPUTER + account;
}

/** The computer's account that a name of the history means; `null`: it means somebody else. */
export function accountOf(name: string): string | null {
  return name.startsWith(COMPUTER) ? name.slice(COMPUTER.length) : null;
}

/** Letters, marks, digits and a few signs of names: nothing that is not seen, nothing that another meaning has. */
const NAME = /^[\p{L}\p{N}][\p{L}\p{M}\p{N} .'’_-]{0,59}$/u;

/** As a name is kept; `null` where it is none that a person of the station may have. */
export function staffName(typed: string): string | null {
  const name = typed.normalize('NFC').trim().replaceAll(/\s+/gu, ' ');
  return NAME.test(name) && ![STATION, PRACTICE].includes(name.toLowerCase()) ? name : null;
}

/** Two names with the same key are one person: nobody types capitals the same way twice. */
export function staffKey(name: string): string {
  return name.normalize('NFKC').trim().replaceAll(/\s+/gu, ' ').toLowerCase();
}

const PIN_DIGITS = 6;
const PASSPHRASE_SIGNS = 10;

/** Why a PIN or passphrase will not do; `null`: it will. An administrator and a service need a passphrase. */
export function weaknessOf(secret: string, role: Role): 'short' | 'simple' | null {
  const signs = Array.from(secret.normalize('NFKC'));
  const least = role === 'clerk' ? PIN_DIGITS : PASSPHRASE_SIGNS;
  if (signs.length < least) return 'short';
  return isSimple(signs) ? 'simple' : null;
}

/**
 * What is tried first: up to three signs again and again (000000, 121212, 123123), or each the one after or before the last
 * (123456, 987654, and round the end: 8901234567).
 */
function isSimple(signs: readonly string[]): boolean {
  const repeats = [1, 2, 3].some((unit) => signs.every((sign, at) => sign === signs[at % unit]));
  const around = signs.every((sign) => /^[0-9]$/.test(sign)) ? 10 : Infinity;
  const steps = signs
    .slice(1)
    .map((sign, at) => (sign.codePointAt(0) ?? 0) - (signs[at]?.codePointAt(0) ?? 0));
  return repeats || [1, -1].some((way) => steps.every((step) => step === way || step === way - way * around));
}

/** So many wrong tries in a row cost nothing: everybody mistypes. */
const FREE_TRIES = 3;
const LONGEST_WAIT_MS = 5 * 60_000;

/** How long nobody is let in under a name after so many wrong tries in a row. It grows, and it always ends. */
export function waitAfter(wrong: number): number {
  return wrong < FREE_TRIES ? 0 : Math.min(LONGEST_WAIT_MS, 5000 * 2 ** (wrong - FREE_TRIES));
}
