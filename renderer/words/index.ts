/**
 * The window's languages. English is the source: its keys are types, so a missing word is a compile error.
 * The sentences of the errors stand in `shared/errors.ts` in English, and here in the other languages.
 */
import { createInstance, type i18n } from 'i18next';
import { initReactI18next } from 'react-i18next';
import { ERRORS } from '../../shared/errors.ts';
import { LANGUAGES, type Language } from '../../shared/languages.ts';
import en from './en.json';
import frErrors from './fr.errors.json';
import fr from './fr.json';

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'words';
    resources: { words: typeof en };
  }
}

/** Languages that are written from right to left, for the day one of them is added. */
const RIGHT_TO_LEFT: ReadonlySet<string> = new Set(['ar', 'fa', 'he', 'ur']);

export function directionOf(language: string): 'ltr' | 'rtl' {
  return RIGHT_TO_LEFT.has(language.split('-')[0] ?? '') ? 'rtl' : 'ltr';
}

/** The first language the person's computer asks for that the window speaks. */
export function languageFor(chosen: Language | null, offered: readonly string[]): Language {
  if (chosen !== null) return chosen;
  for (const locale of offered) {
    const language = LANGUAGES.find((spoken) => spoken === locale.split('-')[0]);
    if (language !== undefined) return language;
  }
  return 'en';
}

const enErrors = Object.fromEntries(
  Object.entries(ERRORS).map(([code, [sentence, action]]) => [code, { sentence, action }]),
);

export function openWords(language: Language): i18n {
  const words = createInstance();
  void words.use(initReactI18next).init({
    lng: language,
    fallbackLng: 'en',
    ns: ['words', 'errors'],
    defaultNS: 'words',
    resources: {
      en: { words: en, errors: enErrors },
      fr: { words: fr, errors: frErrors },
    },
    // React escapes what it shows.
    interpolation: { escapeValue: false },
    initAsync: false,
  });
  return words;
}
