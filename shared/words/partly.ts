/**
 * What a language may leave in English, for words that a clerk never meets: a whole area, or one part of the
 * window (`window.NAME`). Everything else must be there, and a missing key is a type error in `index.ts`. English
 * stands wherever a word is left out.
 */
import type { Language } from '../languages.ts';

export const MAY_BE_ENGLISH = {
  en: [],
  fr: [],
  // The command line is for administrators and scripts.
  sw: ['cli', 'window'],
} as const satisfies Readonly<Record<Language, readonly string[]>>;

type LeftOut<Of extends Language> = (typeof MAY_BE_ENGLISH)[Of][number];

/** The words that a language has to have; `Words` are those of English. */
export type Translated<Words, Of extends Language> = {
  readonly [Area in Exclude<keyof Words, LeftOut<Of>>]: Omit<
    Words[Area],
    LeftOut<Of> extends infer Place ? (Place extends `${Area & string}.${infer Part}` ? Part : never) : never
  >;
};

/** Whether the words of an area, or of a part of it, may be English in a language. */
export function mayBeEnglish(language: Language, area: string, part = ''): boolean {
  const places: readonly string[] = MAY_BE_ENGLISH[language];
  return places.includes(area) || places.includes(`${area}.${part}`);
}
