import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { openWords } from '../../renderer/i18n.ts';
import { AUDIT_ACTIONS } from '../../shared/audit.ts';
import { REASONS } from '../../shared/change-facts.ts';
import { CHECKS, type Job } from '../../shared/contract.ts';
import { DOCUMENT_KINDS } from '../../shared/document-kinds.ts';
import { FORMATS } from '../../shared/dump.ts';
import { ERROR_CODES } from '../../shared/errors.ts';
import { RECORD_NOTES } from '../../shared/handover.ts';
import { directionOf, languageFor, LANGUAGES, type Language } from '../../shared/languages.ts';
import { GONE_REASON, REFUSAL_REASONS, WAIT_REASONS } from '../../shared/refusals.ts';
import { BATCH_FLAGS, CLASSES, STATES } from '../../shared/review.ts';
import { ASIDE_REASONS } from '../../shared/set-aside.ts';
import { SOURCE_KINDS } from '../../shared/sources.ts';
import { phrases, reasonInWords, sentenceOf, WORDS, type Words } from '../../shared/words/index.ts';
import { MAY_BE_ENGLISH, mayBeEnglish } from '../../shared/words/partly.ts';

type Tree = { readonly [key: string]: string | Tree };
type Area = keyof Words;

const AREAS = Object.keys(WORDS.en) as Area[];

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
const wordsOf = (language: Language, area: Area) => flat(WORDS[language][area]);
const folderOf = (language: Language) => new URL(`../../shared/words/${language}/`, import.meta.url);
/** As it stands in the language's own file: nothing of English is filled in. */
const written = (language: Language, area: Area) =>
  flat(JSON.parse(readFileSync(new URL(`${area}.json`, folderOf(language)), 'utf8')) as Tree);
const areasOf = (language: Language) => AREAS.filter((area) => !mayBeEnglish(language, area));

describe.each(LANGUAGES)('the words in %s', (language) => {
  test('are one file an area, and each file is used', () => {
    const files = readdirSync(folderOf(language)).filter(
      (file) => !mayBeEnglish(language, file.replace('.json', '')),
    );
    expect(files.sort(byText)).toEqual(
      areasOf(language)
        .map((area) => `${area}.json`)
        .sort(byText),
    );
  });

  test.each(areasOf(language))('of %s are those of English, and no others', (area) => {
    const english = wordsOf('en', area);
    const must = [...english].filter(([key]) => !mayBeEnglish(language, area, key.split('.')[0]));
    const own = [...stems(written(language, area))];
    expect(own).toEqual(expect.arrayContaining([...stems(new Map(must))]));
    expect([...stems(english)]).toEqual(expect.arrayContaining(own));
  });

  test.each(areasOf(language))('of %s have every plural form of the language', (area) => {
    const words = written(language, area);
    const forms = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
    const plurals = [...words.keys()].filter((key) => key.endsWith('_other')).map((key) => key.slice(0, -6));
    for (const stem of plurals)
      for (const form of forms) expect(words.has(`${stem}_${form}`), `${stem}_${form}`).toBe(true);
  });

  test.each(areasOf(language))('of %s fill the holes that English fills', (area) => {
    const english = wordsOf('en', area);
    for (const [key, text] of written(language, area)) {
      const source = english.get(key) ?? english.get(key.replace(PLURAL, '_other'));
      expect(holes(text), key).toEqual(holes(source ?? ''));
    }
  });

  test('say of each error what happened and what to do, in sentences', () => {
    for (const code of ERROR_CODES) {
      const { sentence, action } = sentenceOf(code, language);
      expect(sentence, code).toMatch(/[.!?]$/);
      expect(action, code).toMatch(/[.!?]$/);
    }
    const copied = ERROR_CODES.filter(
      (code) => sentenceOf(code, language).sentence === sentenceOf(code, 'en').sentence,
    );
    expect(copied).toEqual(language === 'en' ? [...ERROR_CODES] : []);
  });
});

const JOB_KINDS = Object.keys({
  intake: true,
  compare: true,
  'dry-run': true,
  upload: true,
  sync: true,
  prepare: true,
  apply: true,
  confirm: true,
  restore: true,
  backup: true,
  retention: true,
  update: true,
} satisfies Record<Job['kind'], true>);

/** Every closed list whose members a person reads, with where the words of a member stand. */
const CLOSED_LISTS: readonly (readonly [
  name: string,
  members: readonly string[],
  area: Area,
  key: (member: string) => string,
])[] = [
  ['class', CLASSES, 'window', (one) => `class.${one}.word`],
  ['class, explained', CLASSES, 'window', (one) => `class.${one}.more`],
  ['state', STATES, 'window', (one) => `state.${one}`],
  ['reason of a class', REASONS, 'window', (one) => `reason.${one}`],
  ['kind of record', DOCUMENT_KINDS, 'window', (one) => `kind.${one}`],
  ['flag', BATCH_FLAGS, 'window', (one) => `flag.${one}.word`],
  ['note on a record', RECORD_NOTES, 'window', (one) => `recordNote.${one}`],
  ['flag, explained', BATCH_FLAGS, 'window', (one) => `flag.${one}.more`],
  ['reason to set aside', ASIDE_REASONS, 'window', (one) => `aside.${one}.word`],
  ['reason to set aside, explained', ASIDE_REASONS, 'window', (one) => `aside.${one}.more`],
  ['format', FORMATS, 'window', (one) => `format.${one}`],
  ['kind of source', SOURCE_KINDS, 'window', (one) => `arrivals.kind.${one}`],
  ['kind of job', JOB_KINDS, 'window', (one) => `job.${one}`],
  ['kind of job, on closing', JOB_KINDS, 'desktop', (one) => one],
  ['reason to wait in a pause', ['person', 'power', 'offline'], 'window', (one) => `paused.${one}`],
  ['error', ERROR_CODES, 'errors', (one) => `${one}.sentence`],
  ['refusal', REFUSAL_REASONS, 'refusals', (one) => one],
  ['reason to wait', WAIT_REASONS, 'refusals', (one) => one],
  ['loss', [GONE_REASON, 'forbidden'], 'refusals', (one) => one],
  ['action of the history', AUDIT_ACTIONS, 'audit', (one) => one],
];

test.each(CLOSED_LISTS)('every %s has words in every language', (_name, members, area, key) => {
  expect(members.length).toBeGreaterThan(0);
  for (const language of LANGUAGES) {
    const words = wordsOf(language, area);
    for (const member of members) {
      // The flag that says nothing more than its class.
      if (member === 'never-sent' && area === 'window') continue;
      expect(words.get(key(member)) ?? '', `${language} ${member}`).not.toBe('');
    }
  }
});

test('the history has no words for what nobody can do', () => {
  expect([...wordsOf('en', 'audit').keys()].sort(byText)).toEqual([...AUDIT_ACTIONS].sort(byText));
});

test.each(LANGUAGES)('no file of %s says a key twice: the second would silence the first', (language) => {
  for (const area of areasOf(language)) {
    const text = readFileSync(new URL(`${area}.json`, folderOf(language)), 'utf8');
    expect(text, area).toBe(`${JSON.stringify(JSON.parse(text), null, 2)}\n`);
  }
});

test('no word of the code reaches a person: the glossary has another one for it', () => {
  const codeWords =
    /\b(dumps?|intakes?|ledger|put aside|unplaced|revisions?|documents?|take[ns]?|taking|took)\b/i;
  for (const area of AREAS)
    for (const [key, text] of wordsOf('en', area))
      // The help names a button by its key; what is read there is checked in `window`.
      expect(text.replaceAll(/\[[=@]?[\w.-]+\]/g, ''), `${area} ${key}`).not.toMatch(codeWords);
});

test('French keeps a fixed space before its double signs', () => {
  for (const area of AREAS)
    for (const [key, text] of wordsOf('fr', area)) expect(text, key).not.toMatch(/[« ] [:;!?»]|« | [:;!?»]/);
});

test('what a language leaves in English is the list of partly.ts, and a clerk reads none of it', () => {
  expect(MAY_BE_ENGLISH).toEqual({ en: [], fr: [], sw: ['cli'] });
  expect(wordsOf('sw', 'cli')).toEqual(wordsOf('en', 'cli'));
});

test('hardly a sentence of Swahili is that of English: it was translated, not copied', () => {
  for (const area of areasOf('sw')) {
    const english = wordsOf('en', area);
    const copied = [...written('sw', area)].filter(
      ([key, text]) => text !== '' && /[a-z]{3,} [a-z]{3,}/i.test(text) && text === english.get(key),
    );
    // The product's own name.
    expect(copied.map(([key]) => key)).toEqual(area === 'window' ? ['app.name'] : []);
  }
});

test('numbers and plurals are written as the language writes them, in the window and elsewhere', () => {
  const words = openWords('en');
  expect(words.t('foot.onlyHere', { count: 1 })).toBe('1 record exists only on this computer');
  expect(words.t('foot.onlyHere', { count: 12_345 })).toBe('12,345 records exist only on this computer');
  const french = openWords('fr');
  expect(french.t('foot.onlyHere', { count: 1 })).toBe('1 fiche n’existe que sur cet ordinateur');
  expect(french.t('foot.onlyHere', { count: 12_345 })).toMatch(/^12\s345 fiches n’existent que/);
  const swahili = openWords('sw');
  expect(swahili.t('foot.onlyHere', { count: 1 })).toBe('Rekodi 1 ipo kwenye kompyuta hii tu');
  expect(swahili.t('foot.onlyHere', { count: 12_345 })).toBe('Rekodi 12,345 zipo kwenye kompyuta hii tu');
  expect(phrases('cli', 'en')('compared', { count: 1 })).toBe('1 record compared.');
  expect(phrases('cli', 'en')('compared', { count: 12_345 })).toBe('12,345 records compared.');
  expect(phrases('cli', 'fr')('compared', { count: 0 })).toBe('0 fiche comparée.');
  expect(phrases('cli', 'fr')('newPassword', { user: 'chw1' })).toBe('chw1 a un nouveau mot de passe.');
});

test('what the server says itself is said as it is', () => {
  expect(reasonInWords('outside-area', 'fr')).toBe(WORDS.fr.refusals['outside-area']);
  expect(reasonInWords('a rule of the server', 'fr')).toBe('a rule of the server');
  expect(reasonInWords('constructor', 'fr')).toBe('constructor');
});

test('the language is the chosen one, else the first of the computer that is spoken, else English', () => {
  expect(languageFor('en', ['fr-SN'])).toBe('en');
  expect(languageFor(null, ['pt', 'fr-SN', 'en'])).toBe('fr');
  expect(languageFor(null, ['sw-KE', 'fr-SN', 'en'])).toBe('sw');
  expect(languageFor(null, ['fr_SN.UTF-8'])).toBe('fr');
  expect(languageFor(null, ['C.UTF-8'])).toBe('en');
  expect(languageFor(null, ['ne'])).toBe('en');
  expect(directionOf('ar-EG')).toBe('rtl');
  expect(directionOf('fr')).toBe('ltr');
});

test('the language may be asked for or left to the station', () => {
  for (const request of ['receipt.get', 'refusals.csv'] as const)
    expect(Object.keys(CHECKS[request].entries)).toContain('language');
});
