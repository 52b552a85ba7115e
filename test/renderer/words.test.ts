import { expect, test } from 'vitest';
import { REASONS } from '../../shared/change-facts.ts';
import { DOCUMENT_KINDS } from '../../shared/document-kinds.ts';
import { FORMATS } from '../../shared/dump.ts';
import { ERRORS } from '../../shared/errors.ts';
import { BATCH_FLAGS, CLASSES, STATES } from '../../shared/review.ts';
import en from '../../renderer/words/en.json' with { type: 'json' };
import frErrors from '../../renderer/words/fr.errors.json' with { type: 'json' };
import fr from '../../renderer/words/fr.json' with { type: 'json' };
import { directionOf, languageFor, openWords } from '../../renderer/words/index.ts';

type Tree = { readonly [key: string]: string | Tree };

function flat(tree: Tree, before = ''): Map<string, string> {
  const all = new Map<string, string>();
  for (const [key, value] of Object.entries(tree)) {
    if (typeof value === 'string') all.set(before + key, value);
    else for (const [inner, text] of flat(value, `${before}${key}.`)) all.set(inner, text);
  }
  return all;
}

const byText = (one: string, other: string) => one.localeCompare(other);
const PLURAL = /_(zero|one|two|few|many|other)$/;
const stems = (words: Map<string, string>) =>
  new Set([...words.keys()].map((key) => key.replace(PLURAL, '')));
const holes = (text: string) => [...text.matchAll(/{{\s*(\w+)/g)].map((match) => match[1] ?? '').sort(byText);
const languages = { en: flat(en), fr: flat(fr) };

test('French has every word that English has, and no other', () => {
  expect([...stems(languages.fr)].sort()).toEqual([...stems(languages.en)].sort());
});

test.each(Object.entries(languages))('%s has every plural form of its language', (language, words) => {
  const forms = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
  const plurals = [...words.keys()].filter((key) => key.endsWith('_other')).map((key) => key.slice(0, -6));
  expect(plurals.length).toBeGreaterThan(30);
  for (const stem of plurals)
    for (const form of forms) expect(words.has(`${stem}_${form}`), `${stem}_${form}`).toBe(true);
});

test('a translation fills the same holes', () => {
  for (const [key, text] of languages.fr) {
    const source = languages.en.get(key) ?? languages.en.get(key.replace(PLURAL, '_other'));
    expect(holes(text), key).toEqual(holes(source ?? ''));
  }
});

test('every error has its sentence and its action in French', () => {
  expect(Object.keys(frErrors).sort()).toEqual(Object.keys(ERRORS).sort());
  for (const [code, { sentence, action }] of Object.entries(frErrors)) {
    expect(sentence, code).toMatch(/[.!?]$/);
    expect(action, code).toMatch(/[.!?]$/);
    expect(sentence).not.toBe(ERRORS[code as keyof typeof ERRORS][0]);
  }
});

test('French keeps a fixed space before its double signs', () => {
  for (const [key, text] of [...languages.fr, ...flat(frErrors)])
    expect(text, key).not.toMatch(/[« ] [:;!?»]|« /);
});

const CLOSED_LISTS = [
  ['class', CLASSES, '.word'],
  ['state', STATES, ''],
  ['reason', REASONS, ''],
  ['kind', DOCUMENT_KINDS, ''],
  ['flag', BATCH_FLAGS, '.more'],
  ['format', FORMATS, ''],
] as const;

test.each(CLOSED_LISTS)('every %s of the station has words', (group, members, ending) => {
  for (const words of Object.values(languages)) {
    for (const member of members) expect(words.has(`${group}.${member}${ending}`), member).toBe(true);
  }
});

test('numbers and plurals are written as the language writes them', () => {
  const words = openWords('en');
  expect(words.t('foot.onlyHere', { count: 1 })).toBe('1 record exists only on this computer');
  expect(words.t('foot.onlyHere', { count: 12_345 })).toBe('12,345 records exist only on this computer');
  const french = openWords('fr');
  expect(french.t('foot.onlyHere', { count: 1 })).toBe('1 fiche n’existe que sur cet ordinateur');
  expect(french.t('foot.onlyHere', { count: 12_345 })).toMatch(/^12\s345 fiches n’existent que/);
});

test('the language is the chosen one, else the first of the computer that is spoken, else English', () => {
  expect(languageFor('en', ['fr-SN'])).toBe('en');
  expect(languageFor(null, ['sw', 'fr-SN', 'en'])).toBe('fr');
  expect(languageFor(null, ['ne'])).toBe('en');
  expect(directionOf('ar-EG')).toBe('rtl');
  expect(directionOf('fr')).toBe('ltr');
});
