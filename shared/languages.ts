/** The languages that people read here: the window, what it prints, the terminal. */
export const LANGUAGES = ['en', 'fr', 'sw'] as const;
export type Language = (typeof LANGUAGES)[number];

/** Languages whose words no native speaker has read yet: said wherever one of them is chosen. */
const UNCHECKED: ReadonlySet<Language> = new Set(['sw']);

export function isUnchecked(language: Language): boolean {
  return UNCHECKED.has(language);
}

/** Languages that are written from right to left, for the day one of them is added. */
const RIGHT_TO_LEFT: ReadonlySet<string> = new Set(['ar', 'fa', 'he', 'ur']);

export function directionOf(language: string): 'ltr' | 'rtl' {
  return RIGHT_TO_LEFT.has(language.split('-')[0] ?? '') ? 'rtl' : 'ltr';
}

/**
 * The language that the station is set to (`chosen`), else the first one that the computer offers and the
 * station speaks, else English. A locale may be written as in browsers (`fr-SN`) or in POSIX (`fr_SN.UTF-8`).
 */
export function languageFor(chosen: Language | null, offered: readonly string[]): Language {
  if (chosen !== null) return chosen;
  for (const locale of offered) {
    const language = LANGUAGES.find((spoken) => spoken === locale.toLowerCase().split(/[-_.]/)[0]);
    if (language !== undefined) return language;
  }
  return 'en';
}

export function isLanguage(value: unknown): value is Language {
  return (LANGUAGES as readonly unknown[]).includes(value);
}
