/**
 * What a language may leave in English: words that a clerk never meets. A whole area, or one part of an area
 * (`window.server`). Everything else has to be there: `test/shared/words.test.ts` names each key that is not, and
 * until it is translated English stands in its place.
 */
import type { Language } from '../languages.ts';

export const MAY_BE_ENGLISH: Readonly<Record<Language, readonly string[]>> = {
  en: [],
  fr: [],
  // The command line is for administrators and scripts.
  sw: ['cli'],
};

/** Whether the words of an area, or of a part of it, may be English in a language. */
export function mayBeEnglish(language: Language, area: string, part = ''): boolean {
  return MAY_BE_ENGLISH[language].some((place) => place === area || place === `${area}.${part}`);
}

/** The words of a language that lacks some; the keys are those of English. */
export type Partly<Words> = {
  readonly [Key in keyof Words]?: Words[Key] extends string ? string : Partly<Words[Key]>;
};

/** The words of a language, with the English ones where it has none. */
export function overEnglish<Words extends object>(english: Words, own: Partly<Words>): Words {
  const all = { ...english } as Record<string, unknown>;
  for (const [key, word] of Object.entries<unknown>(own)) {
    const source = all[key];
    all[key] = isWords(source) && isWords(word) ? overEnglish(source, word) : word;
  }
  return all as unknown as Words;
}

const isWords = (value: unknown): value is object => typeof value === 'object' && value !== null;
