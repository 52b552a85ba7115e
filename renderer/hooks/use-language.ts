/** The language in which the window speaks now. */
import { useTranslation } from 'react-i18next';
import { languageFor, type Language } from '../../shared/languages.ts';

export function useLanguage(): Language {
  const { i18n } = useTranslation();
  return languageFor(null, [i18n.language]);
}
