/**
 * What a form asks and how it says it: one table for each version of a form, in every language of the form. Made of an
 * XForm (x-form.ts) or of an SMS form of the settings (sms-form.ts).
 */

/** A piece of a text; `output`: the value that the form puts there, as XPath. */
export type Part = string | { readonly output: string };

/** One text by its languages; `''` where the form does not say which language it is. The form's first is first. */
export type Words = ReadonlyMap<string, readonly Part[]>;

export const NO_WORDS: Words = new Map();

export interface Choice {
  readonly value: string;
  readonly words: Words;
}

/**
 * How a question is answered. `note`: nothing is answered, the form says something. `file`: a photo or another file.
 * `done`: a box to tick.
 */
export type Control = 'text' | 'one' | 'many' | 'file' | 'note' | 'done';

export interface Question {
  readonly kind: 'question';
  /** Names from below the root of the record. */
  readonly path: readonly string[];
  readonly words: Words;
  readonly control: Control;
  readonly choices: readonly Choice[];
  /** The form never shows it. */
  readonly hidden: boolean;
}

export interface Group {
  readonly kind: 'group' | 'repeat';
  readonly path: readonly string[];
  readonly words: Words;
  readonly items: readonly Item[];
  readonly hidden: boolean;
}

export type Item = Question | Group;

/** What holds for a field whether it is asked or worked out. */
export interface Rule {
  /** As XForms name it: `string`, `int`, `decimal`, `date`, `dateTime`, `time`, `geopoint`, `binary`, … */
  readonly type: string;
  /** When it is asked, as XPath; `null`: always. */
  readonly relevant: string | null;
}

export interface FormTable {
  /** With what the paths in its rules begin; `null`: nothing is known of it. */
  readonly root: string | null;
  readonly title: Words;
  /** Codes, the one it opens in first. Empty: its texts are in no named language. */
  readonly languages: readonly string[];
  readonly items: readonly Item[];
  /** By the path, joined with `/`. */
  readonly rules: ReadonlyMap<string, Rule>;
}

export function keyOf(path: readonly (string | number)[]): string {
  return path.filter((name) => typeof name === 'string').join('/');
}
