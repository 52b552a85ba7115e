/**
 * Everything a person reads: one folder a language, one file an area. English is the source: its keys are
 * types, so that a key French lacks is a type error here. What a language may leave in English is said in
 * `partly.ts`; of anything else that it lacks a test tells.
 *
 * All areas are written the same way: `{{name}}` is filled in, and `_one`, `_other` (and what else the
 * language has, see `Intl.PluralRules`) are the plural forms of one key, chosen by `count`. The window
 * reads its area with i18next; the others are read with `phrases`.
 */
import type { ErrorCode } from '../errors.ts';
import type { Language } from '../languages.ts';
import { overEnglish, type Partly } from './partly.ts';
import enAudit from './en/audit.json' with { type: 'json' };
import enCame from './en/came.json' with { type: 'json' };
import enCli from './en/cli.json' with { type: 'json' };
import enComputer from './en/computer.json' with { type: 'json' };
import enDesktop from './en/desktop.json' with { type: 'json' };
import enErrors from './en/errors.json' with { type: 'json' };
import enHelp from './en/help.json' with { type: 'json' };
import enJoins from './en/joins.json' with { type: 'json' };
import enLists from './en/lists.json' with { type: 'json' };
import enReceipts from './en/receipts.json' with { type: 'json' };
import enRecords from './en/records.json' with { type: 'json' };
import enRefusals from './en/refusals.json' with { type: 'json' };
import enWindow from './en/window.json' with { type: 'json' };
import frAudit from './fr/audit.json' with { type: 'json' };
import frCame from './fr/came.json' with { type: 'json' };
import frCli from './fr/cli.json' with { type: 'json' };
import frComputer from './fr/computer.json' with { type: 'json' };
import frDesktop from './fr/desktop.json' with { type: 'json' };
import frErrors from './fr/errors.json' with { type: 'json' };
import frHelp from './fr/help.json' with { type: 'json' };
import frJoins from './fr/joins.json' with { type: 'json' };
import frLists from './fr/lists.json' with { type: 'json' };
import frReceipts from './fr/receipts.json' with { type: 'json' };
import frRecords from './fr/records.json' with { type: 'json' };
import frRefusals from './fr/refusals.json' with { type: 'json' };
import frWindow from './fr/window.json' with { type: 'json' };
import swAudit from './sw/audit.json' with { type: 'json' };
import swCame from './sw/came.json' with { type: 'json' };
import swComputer from './sw/computer.json' with { type: 'json' };
import swDesktop from './sw/desktop.json' with { type: 'json' };
import swErrors from './sw/errors.json' with { type: 'json' };
import swHelp from './sw/help.json' with { type: 'json' };
import swJoins from './sw/joins.json' with { type: 'json' };
import swLists from './sw/lists.json' with { type: 'json' };
import swReceipts from './sw/receipts.json' with { type: 'json' };
import swRecords from './sw/records.json' with { type: 'json' };
import swRefusals from './sw/refusals.json' with { type: 'json' };
import swWindow from './sw/window.json' with { type: 'json' };

const EN = {
  audit: enAudit,
  came: enCame,
  cli: enCli,
  computer: enComputer,
  desktop: enDesktop,
  errors: enErrors,
  help: enHelp,
  joins: enJoins,
  lists: enLists,
  receipts: enReceipts,
  records: enRecords,
  refusals: enRefusals,
  window: enWindow,
};
export type Words = typeof EN;

/** Swahili as it is written. */
const SW: Partly<Words> = {
  audit: swAudit,
  came: swCame,
  computer: swComputer,
  desktop: swDesktop,
  errors: swErrors,
  help: swHelp,
  joins: swJoins,
  lists: swLists,
  receipts: swReceipts,
  records: swRecords,
  refusals: swRefusals,
  window: swWindow,
};

export const WORDS: Readonly<Record<Language, Words>> = {
  en: EN,
  fr: {
    audit: frAudit,
    came: frCame,
    cli: frCli,
    computer: frComputer,
    desktop: frDesktop,
    errors: frErrors,
    help: frHelp,
    joins: frJoins,
    lists: frLists,
    receipts: frReceipts,
    records: frRecords,
    refusals: frRefusals,
    window: frWindow,
  },
  sw: overEnglish(EN, SW),
};

/** The areas that are one flat list of phrases. */
type PhraseArea = Exclude<keyof Words, 'window' | 'errors' | 'help'>;
type Stem<Key extends string> = Key extends `${infer Before}_${Intl.LDMLPluralRule}` ? Before : Key;
export type PhraseKey<Area extends PhraseArea> = Stem<keyof Words[Area] & string>;
export type Values = Readonly<Record<string, string | number>>;

/** A function that says the phrases of one area in one language. Numbers are written as the language writes them. */
export function phrases<Area extends PhraseArea>(
  area: Area,
  language: Language,
): (key: PhraseKey<Area>, values?: Values) => string {
  const texts: Readonly<Record<string, string>> = WORDS[language][area];
  // Made when first needed: what they load takes longer than many a command.
  let numbers: Intl.NumberFormat | undefined;
  let plurals: Intl.PluralRules | undefined;
  const written = (value: number): string => (numbers ??= new Intl.NumberFormat(language)).format(value);
  const formOf = (value: number): string => (plurals ??= new Intl.PluralRules(language)).select(value);
  return (key, values = {}) => {
    const { count } = values;
    const form = typeof count === 'number' ? texts[`${key}_${formOf(count)}`] : undefined;
    return (form ?? texts[key] ?? key).replaceAll(/{{(\w+)}}/g, (hole, name: string) => {
      const value = values[name];
      return typeof value === 'number' ? written(value) : (value ?? hole);
    });
  };
}

/** What a person reads of an error, and what they can do about it. */
export function sentenceOf(
  code: ErrorCode,
  language: Language = 'en',
): { readonly sentence: string; readonly action: string } {
  return WORDS[language].errors[code];
}

/** A sentence for a reason of the station's own (see `refusals.ts`); the server's own word as it is. */
export function reasonInWords(reason: string, language: Language = 'en'): string {
  const words: Readonly<Record<string, string>> = WORDS[language].refusals;
  return Object.hasOwn(words, reason) ? (words[reason] ?? reason) : reason;
}
