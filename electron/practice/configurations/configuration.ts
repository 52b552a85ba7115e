/** What a practice configuration says: the shape of a deployment, its forms, and the words of both. */

import type { ConfigurationName } from '../../../shared/practice-configurations.ts';

/** The same words in several languages, by their codes. */
export type Words = Readonly<Record<string, string>>;

export interface Choice {
  readonly value: string;
  readonly label: Words;
}

/** One question of a form, or a value that the form works out. */
export interface Question {
  readonly name: string;
  readonly label?: Words;
  readonly type: 'text' | 'int' | 'decimal' | 'date' | 'one' | 'many' | 'photo' | 'note' | 'calculated';
  readonly choices?: readonly Choice[];
  readonly required?: boolean;
  /** When it is asked, as XPath. */
  readonly relevant?: string;
  /** What is worked out, as XPath. */
  readonly calculate?: string;
}

export interface Group {
  readonly name: string;
  readonly label?: Words;
  readonly relevant?: string;
  /** It may be filled in several times. */
  readonly repeat?: true;
  readonly questions: readonly Item[];
}

export type Item = Question | Group;

export interface Form {
  readonly code: string;
  readonly title: Words;
  /** Whom it is about; forms that make contacts have none. */
  readonly about?: 'person' | 'place';
  readonly questions: readonly Item[];
  /** The answers of somebody who filled it in, as they stand in `fields`; `random` is between 0 and 1. */
  answers?(random: () => number, at: number): Record<string, unknown>;
}

/** A level of the hierarchy: the contact type and its name. */
export interface Level {
  readonly type: string;
  readonly name: Words;
}

export interface Levels {
  readonly district: Level;
  readonly centre: Level;
  readonly area: Level;
  readonly home: Level;
  readonly person: Level;
}

export interface Configuration {
  readonly name: ConfigurationName;
  readonly locale: string;
  readonly languages: readonly { readonly code: string; readonly name: string }[];
  readonly levels: Levels;
  readonly forms: readonly Form[];
  /** What stands in the settings beside what every practice server has. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** The code of the n-th person, where the deployment brings its own. */
  personCode?(n: number): string;
  /** The household that was muted before anybody practised. */
  readonly mutedHome?: string;
}

export function isGroup(item: Item): item is Group {
  return 'questions' in item;
}
