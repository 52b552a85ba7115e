/** i18next over the words of the window. They stand in `shared/words/`, with everything else a person reads. */
import { createInstance, type i18n, type TFunction } from 'i18next';
import { initReactI18next } from 'react-i18next';
import { isUnchecked, LANGUAGES, type Language } from '../shared/languages.ts';
import { WORDS, type Words } from '../shared/words/index.ts';

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'window';
    resources: Words;
  }
}

/** A language is named in itself, so that it is found by the person who needs it. */
const LANGUAGE_NAMES: Readonly<Record<Language, string>> = {
  en: 'English',
  fr: 'Français',
  sw: 'Kiswahili',
};

/** The languages as choices; one that no native speaker has read yet says so. */
export function languageChoices(t: TFunction): { readonly key: Language; readonly text: string }[] {
  return LANGUAGES.map((key) => {
    const name = LANGUAGE_NAMES[key];
    return { key, text: isUnchecked(key) ? t('settings.unchecked', { name }) : name };
  });
}

export function openWords(language: Language): i18n {
  const words = createInstance();
  void words.use(initReactI18next).init({
    lng: language,
    fallbackLng: 'en',
    ns: ['window', 'errors', 'audit', 'computer'],
    defaultNS: 'window',
    resources: WORDS,
    // React escapes what it shows.
    interpolation: { escapeValue: false },
    initAsync: false,
  });
  return words;
}
