/** The pages of the help say what the window says, and every error has a page or is expressly without one. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { ERROR_CODES } from '../../shared/errors.ts';
import { HELP_OF_ERRORS, helpOfError, WITHOUT_HELP } from '../../shared/help-errors.ts';
import { HELP_PAGES, helpOfPlace, helpPage, wordsOfWindow, type HelpPage } from '../../shared/help.ts';
import { LANGUAGES, type Language } from '../../shared/languages.ts';
import { WORDS } from '../../shared/words/index.ts';

const MARK = /\[([=@]?)([^\]]*)\]/g;

/** All text of a page as it is written, its title aside. */
function written(page: HelpPage, language: Language): string {
  const { about, steps, note } = WORDS[language].help[page];
  return [about, ...Object.values(steps), note].join('\n');
}
const marksOf = (page: HelpPage, language: Language): { sign: string; name: string }[] =>
  [...written(page, language).matchAll(MARK)].map(([, sign = '', name = '']) => ({ sign, name }));
const read = (page: HelpPage, language: Language): string => {
  const { about, steps, note } = helpPage(page, language);
  return [about, ...steps, note].map((text) => text.map((part) => part.text).join('')).join('\n');
};

const RENDERER = fileURLToPath(new URL('../../renderer/', import.meta.url));
const SOURCES = readdirSync(RENDERER, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.tsx?$/.test(name))
  .map((name) => readFileSync(join(RENDERER, name), 'utf8'))
  .join('\n');

/** Whether a part of the window says these words: by their whole key, or by one of which a part is filled in. */
function isSaid(key: string): boolean {
  if (SOURCES.includes(`'${key}'`)) return true;
  const steps = key.split('.');
  return steps.some((_, at) => {
    const before = steps.slice(0, at).join('.');
    const after = steps.slice(at + 1).join('.');
    return (
      at > 0 &&
      SOURCES.includes(`\`${before}.\${`) &&
      new RegExp(`\`${before}\\.\\$\\{[^}]*\\}${after === '' ? '' : `\\.${after}`}\``).test(SOURCES)
    );
  });
}

test('there are the ten pages, in every language', () => {
  expect(HELP_PAGES).toHaveLength(10);
  for (const language of LANGUAGES) expect(Object.keys(WORDS[language].help)).toEqual([...HELP_PAGES]);
});

describe.each(LANGUAGES)('in %s', (language) => {
  test.each(HELP_PAGES)(
    'what “%s” names of the window is there, and a part of the window says it',
    (page) => {
      const marks = marksOf(page, language);
      expect(marks.length).toBeGreaterThan(0);
      const pages = marks.filter(({ sign }) => sign === '@').map(({ name }) => name);
      const words = marks.filter(({ sign }) => sign !== '@').map(({ name }) => name);
      expect(HELP_PAGES).toEqual(expect.arrayContaining(pages));
      for (const name of words) {
        expect(wordsOfWindow(name, language), name).toMatch(/\S/);
        expect(isSaid(name), name).toBe(true);
      }
    },
  );

  test.each(HELP_PAGES)('“%s” names the same as in English, and no mark is left when it is read', (page) => {
    const names = (of: Language) => marksOf(page, of).map(({ sign, name }) => sign + name);
    expect(names(language).sort()).toEqual(names('en').sort());
    expect(read(page, language)).not.toMatch(/[[\]{}]/);
  });

  test.each(HELP_PAGES)('“%s” is a few short steps, each a sentence', (page) => {
    const { about, steps, note } = helpPage(page, language);
    expect(steps.length).toBeGreaterThanOrEqual(5);
    expect(steps.length).toBeLessThanOrEqual(6);
    for (const text of [about, ...steps, note]) {
      const said = text.map((part) => part.text).join('');
      expect(said).toMatch(/[.!?]$/);
      expect(said.length, said).toBeLessThan(330);
    }
  });
});

test('a button is named by its key and never by its words, which may change', () => {
  const window = JSON.stringify(WORDS.en.window);
  for (const page of HELP_PAGES)
    for (const [, quoted = ''] of written(page, 'en').matchAll(/“([^”]*)”/g)) {
      // What phones write on their own screens, and one class of records.
      if (
        ['File transfer', 'Photos', 'Allow', 'Revoke USB debugging authorizations', 'Two contents'].includes(
          quoted,
        )
      )
        continue;
      expect(window, `${page}: ${quoted}`).not.toContain(`"${quoted}"`);
      expect.fail(`${page} quotes “${quoted}”: name it by its key, or list it here`);
    }
});

test('the words of a button are told from the sentence around them, with an ellipsis for what the window fills in', () => {
  const step = helpPage('stick', 'en').steps[2];
  expect(step?.[1]).toEqual({ kind: 'words', text: 'Import … exports' });
  expect(helpPage('stick', 'fr').steps[4]?.[1]).toEqual({ kind: 'words', text: 'Éjecter' });
  expect(helpPage('sending', 'en').steps[5]?.at(-2)).toEqual({ kind: 'page', text: 'Refused' });
  expect(wordsOfWindow('arrivals.nothing-such', 'en')).toBeUndefined();
  expect(wordsOfWindow('arrivals', 'en')).toBeUndefined();
  expect(wordsOfWindow('constructor.name', 'en')).toBeUndefined();
});

test('every error has one page, or is expressly without one', () => {
  const listed = [...HELP_PAGES.flatMap((page) => HELP_OF_ERRORS[page]), ...WITHOUT_HELP];
  expect([...listed].sort()).toEqual([...ERROR_CODES].sort());
  for (const page of HELP_PAGES) {
    expect(HELP_OF_ERRORS[page].length, page).toBeGreaterThan(0);
    for (const code of HELP_OF_ERRORS[page]) expect(helpOfError(code)).toBe(page);
  }
  for (const code of WITHOUT_HELP) expect(helpOfError(code)).toBeNull();
});

test('every place has a page of its own, and what is refused another one than the outbox', () => {
  expect(helpOfPlace({ place: 'arrivals', box: 'waiting' })).toBe('stick');
  expect(helpOfPlace({ place: 'review', box: 'refused' })).toBe('sending');
  expect(helpOfPlace({ place: 'conflicts', box: 'waiting' })).toBe('conflict');
  expect(helpOfPlace({ place: 'outbox', box: 'waiting' })).toBe('sending');
  expect(helpOfPlace({ place: 'outbox', box: 'refused' })).toBe('refused');
  expect(helpOfPlace({ place: 'workers', box: 'waiting' })).toBe('receipt');
  expect(helpOfPlace({ place: 'history', box: 'waiting' })).toBe('receipt');
  expect(helpOfPlace({ place: 'settings', box: 'waiting' })).toBe('new-computer');
  expect(helpOfPlace({ place: 'help', box: 'waiting' })).toBeNull();
});
