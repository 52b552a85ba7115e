/** Words for people, on stderr: stdout is kept for what scripts read. */
import { withoutDisguise } from '../../shared/labels.ts';
import { languageFor, type Language } from '../../shared/languages.ts';
import { CLASSES, STATES, type ChangeClass, type ChangeState, type Difference } from '../../shared/review.ts';
import { hasNoPassword, type SignInWay } from '../../shared/sign-in-ways.ts';
import type { AsideReason } from '../../shared/set-aside.ts';
import { phrases, WORDS, type PhraseKey, type Values } from '../../shared/words/index.ts';
import { mayBeEnglish } from '../../shared/words/partly.ts';

/** The computer's own language, until a station was opened that is set to one. */
let language = inTerminal(
  languageFor(
    null,
    ['LC_ALL', 'LC_MESSAGES', 'LANG']
      .map((name) => process.env[name] ?? '')
      .filter((locale) => locale !== ''),
  ),
);

/** One language at a time: where the terminal's own words are English, those beside them are too. */
function inTerminal(chosen: Language): Language {
  return mayBeEnglish(chosen, 'cli') ? 'en' : chosen;
}

/** From here on the terminal speaks the language of the station. */
export function speak(chosen: Language): void {
  language = inTerminal(chosen);
}

export function spoken(): Language {
  return language;
}

/** A phrase of the terminal in the language that is spoken. */
export function word(key: PhraseKey<'cli'>, values?: Values): string {
  return phrases('cli', language)(key, values);
}

export function say(line: string): void {
  process.stderr.write(`${clean(line)}\n`);
}

/** What a dump or a server says is shown as text: no control character may steer the terminal. */
export function clean(line: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  return withoutDisguise(line).replaceAll(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g, '\ufffd');
}

/** How somebody without a password signs in; `undefined`: with one, or nobody knows. */
export function signsInWord(way: SignInWay | null | undefined): string | undefined {
  if (!hasNoPassword(way)) return undefined;
  return word(way === 'sso' ? 'signsInSso' : 'signsInLink');
}

/**
 * Rows as a table; the columns are named in the person's language. Long cells are cut, but for those of the
 * last column: a reason has to be read to its end.
 */
export function sayTable(rows: readonly Readonly<Record<string, unknown>>[]): void {
  if (rows.length === 0) return;
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const heads = columns.map(columnName);
  const cells = rows.map((row) => columns.map((column) => wordFor(row[column])));
  const widths = heads.map((head, at) =>
    Math.min(44, Math.max(head.length, ...cells.map((row) => (row[at] ?? '').length))),
  );
  const line = (row: readonly string[]): string =>
    row
      .map((cell, at) =>
        at === columns.length - 1 ? cell : cell.slice(0, widths[at]).padEnd(widths[at] ?? 0),
      )
      .join('  ')
      .trimEnd();
  for (const row of [heads, ...cells]) say(line(row));
}

/** A class or state by its word, another column by the terminal's own; what has no word as it is. */
function columnName(column: string): string {
  const { cli } = WORDS[language];
  const key = `column${column.slice(0, 1).toUpperCase()}${column.slice(1)}`;
  if (Object.hasOwn(cli, key)) return cli[key as keyof typeof cli];
  return classWord(column) ?? stateWord(column) ?? column;
}

/** `accepted`: the server has it now, so that this is what it was. */
export function classWord(name: string, accepted = false): string | undefined {
  return CLASSES.some((known) => known === name)
    ? WORDS[language].window.class[name as ChangeClass][accepted ? 'was' : 'word']
    : undefined;
}

/** Why a batch is set aside. */
export function asideWord(reason: AsideReason): string {
  return WORDS[language].window.aside[reason].word;
}

export function stateWord(name: string): string | undefined {
  return STATES.some((known) => known === name)
    ? WORDS[language].window.state[name as ChangeState]
    : undefined;
}

export function sayDifference({ from, fields }: Difference): void {
  say(
    from === null
      ? word('nothingToCompare')
      : word('against', { rev: from.rev, origin: originWord(from.origin) }),
  );
  for (const field of fields) {
    const [before, after] = [field.before, field.after].map((value) => JSON.stringify(value) ?? word('none'));
    say(`${field.path.join('.')}: ${before ?? ''} -> ${after ?? ''}`);
  }
}

function originWord(origin: NonNullable<Difference['from']>['origin']): string {
  switch (origin) {
    case 'server':
      return word('originServer');
    case 'ancestor':
      return word('originAncestor');
    case 'other-device':
      return word('originOtherDevice');
  }
}

function wordFor(value: unknown): string {
  if (value === undefined || value === null) return '-';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
