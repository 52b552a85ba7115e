/** A record as the health worker saw it: the form's own words, in the form's order. Plain values for a screen to show as text. */

/** What a field holds, as far as the form or the value itself says what it is. */
export type Answer =
  | { readonly is: 'text'; readonly text: string }
  /** The texts of what was chosen. */
  | { readonly is: 'choices'; readonly texts: readonly string[] }
  | { readonly is: 'number'; readonly number: number }
  | { readonly is: 'truth'; readonly truth: boolean }
  /** A day of the calendar, `YYYY-MM-DD`. */
  | { readonly is: 'day'; readonly day: string }
  /** Milliseconds since 1970. */
  | { readonly is: 'moment'; readonly moment: number }
  | {
      readonly is: 'duration';
      readonly parts: readonly { readonly unit: DurationUnit; readonly number: number }[];
    }
  /** Degrees; `accuracy` in metres. */
  | {
      readonly is: 'position';
      readonly latitude: number;
      readonly longitude: number;
      readonly accuracy: number | null;
    }
  /** `attachment`: the name of the file in the record; `null`: it did not come along. */
  | { readonly is: 'file'; readonly attachment: string | null }
  /** Another record, a person or place mostly; `null`: it is not here, so nobody knows its name. */
  | { readonly is: 'record'; readonly name: string | null }
  /** It was asked, and nothing was answered. */
  | { readonly is: 'not-answered' }
  /** The form did not ask for it. */
  | { readonly is: 'not-asked' };

export type DurationUnit = 'year' | 'month' | 'week' | 'day' | 'hour' | 'minute' | 'second';

export type RecordRow =
  /** `time`: of a group that may be filled in several times, which time this is, from 1. */
  | {
      readonly kind: 'heading';
      readonly depth: number;
      readonly text: string;
      readonly time: number | null;
    }
  /** What the form said without asking for anything. */
  | { readonly kind: 'note'; readonly depth: number; readonly text: string }
  | RecordField;

export interface RecordField {
  readonly kind: 'field';
  readonly depth: number;
  readonly path: readonly (string | number)[];
  readonly label: string;
  /** Nothing says how it is called: the label is made of the field's own name. */
  readonly unnamed: boolean;
  readonly answer: Answer;
}

/**
 * - `read`: the form as it was when the record was made, as far as anybody can tell
 * - `other-version`: only another version of the form is here
 * - `unreadable`: the form could not be read
 * - `missing`: the form is not here
 * - `none`: records of this kind come from no form
 */
export const FORM_STATES = ['read', 'other-version', 'unreadable', 'missing', 'none'] as const;
export type FormState = (typeof FORM_STATES)[number];

/** Names of people and places, never ids; `null`: there is none, or nobody here knows the name. */
export interface RecordSubjects {
  /** Whom it is about. */
  readonly subject: string | null;
  /** What the subject, or the contact itself, lies in: the nearest first. */
  readonly places: readonly string[];
  readonly author: string | null;
}

export interface RecordView {
  readonly id: string;
  readonly rev: string;
  /** What it is: the title of its form, the type of a contact, the title of a task. */
  readonly title: string;
  readonly form: FormState;
  readonly about: RecordSubjects;
  /** What the form showed, in its order. */
  readonly rows: readonly RecordRow[];
  /** The rest: hidden, worked out, not asked, and what no form has. */
  readonly folded: readonly RecordField[];
  /** Rows past what is shown. */
  readonly leftOut: number;
}
