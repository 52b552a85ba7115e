/**
 * What a record is found by beside its label, and what a person means who types a few words: a name or part of it in
 * any order, a phone number, a short code, an id.
 */
import { contactTypeOf, kindOf } from './document-kinds.ts';
import { subjectOf } from './document-people.ts';
import { cleanText, patientNameOf } from './labels.ts';
import { codeAt, fieldAt, isObject, textAt, type Body } from './untrusted.ts';

/** What the ledger keeps of a document so that it is found and named; each `null` where it says nothing. */
export interface FindFacts {
  /** Whom it is about, by id or short code, where that is not its author; of a contact: the place that it is in. */
  readonly about: string | null;
  /** What the record itself calls them. */
  readonly aboutName: string | null;
  /** The code by which labels name what kind of thing it is: of a contact its type, of a task its title. */
  readonly titleKey: string | null;
  /** Its phone numbers, each in the ways it may be typed. */
  readonly phones: string | null;
}

export const NO_FIND_FACTS: FindFacts = { about: null, aboutName: null, titleKey: null, phones: null };

export function findFactsOf(id: string, body: Body, deleted: boolean): FindFacts {
  if (deleted) return NO_FIND_FACTS;
  switch (kindOf(id, body, deleted)) {
    case 'contact':
      return {
        about: textAt(body, 'parent', '_id') ?? textAt(body, 'parent') ?? null,
        aboutName: null,
        titleKey: contactTypeOf(body) ?? null,
        phones: phonesIn(body),
      };
    case 'report':
    case 'message': {
      const subject = subjectOf(body);
      const author = textAt(body, 'contact', '_id') ?? textAt(body, 'contact');
      return {
        about: subject === author ? null : subject,
        aboutName: nameOrNull(patientNameOf(body)),
        titleKey: null,
        phones: phonesIn(body, fieldAt(body, 'fields')),
      };
    }
    case 'task':
      return {
        about: codeAt(body, 'emission', 'forId') ?? textAt(body, 'owner') ?? null,
        aboutName: nameOrNull(textAt(body, 'emission', 'contact', 'name')),
        titleKey: nameOrNull(textAt(body, 'emission', 'title')),
        phones: null,
      };
    case 'target':
      return { ...NO_FIND_FACTS, about: textAt(body, 'owner') ?? null };
    default:
      return NO_FIND_FACTS;
  }
}

function nameOrNull(text: string | undefined): string | null {
  return cleanText(text ?? '') || null;
}

const PHONE_FIELD = /phone|mobile|msisdn|^from$/i;
/** Fewer digits are a code or a year; a number of the world has at most fifteen (ITU-T E.164). */
const FEWEST_DIGITS = 6;
const MOST_DIGITS = 15;
/** Of one record. */
const MOST_PHONES = 8;

function phonesIn(...places: readonly unknown[]): string | null {
  const found = new Set<string>();
  for (const place of places) {
    if (!isObject(place)) continue;
    for (const key of Object.keys(place)) {
      if (!PHONE_FIELD.test(key)) continue;
      const number = digitsOf(codeAt(place, key) ?? '');
      if (number !== null) for (const way of waysToType(number)) found.add(way);
      if (found.size >= MOST_PHONES) break;
    }
  }
  return found.size === 0 ? null : [...found].join(' ');
}

/** The digits of a text that is nothing but a phone number; `null`: it is none. */
function digitsOf(text: string): string | null {
  if (text.length > 40 || !/^[\s+]*[\d\s().\-/]+$/.test(text)) return null;
  const digits = text.replaceAll(/\D/g, '');
  return digits.length < FEWEST_DIGITS || digits.length > MOST_DIGITS ? null : digits;
}

/** Whether a field of this name has the same phone number in two spellings. */
export function isOnePhone(key: string, one: string, other: string): boolean {
  const [a, b] = [digitsOf(one), digitsOf(other)];
  if (!PHONE_FIELD.test(key) || a === null || b === null) return false;
  const [short, long] = [a, b]
    .map((digits) => digits.replace(/^0+/, ''))
    .toSorted((x, y) => x.length - y.length);
  if (short === undefined || long === undefined || short.length < FEWEST_DIGITS) return false;
  // With and without the code of its country, which has three digits at most.
  return long === short || (short.length >= 9 && long.endsWith(short) && long.length - short.length <= 3);
}

/** As it stands, without its leading zeros, and without what may be the code of its country. */
function waysToType(digits: string): string[] {
  const bare = digits.replace(/^0+/, '');
  return [...new Set([digits, bare, bare.slice(-9)])].filter((way) => way.length >= FEWEST_DIGITS);
}

/** Letters, digits and the marks that stand with letters: as the index tells words apart (electron/ledger/migrations.ts). */
const WORDS = /[\p{L}\p{N}\p{Co}\p{M}]+/gu;
const APOSTROPHE = /['’ʼ‘`]/u;
const APOSTROPHES = /(?<=\p{L})['’ʼ‘`](?=\p{L})/gu;

/** What a record is found by, as one text for the index: `Ng’ang’a` as one word and as its parts. */
export function indexedText(...parts: readonly (string | null)[]): string {
  const text = parts.filter((part) => part !== null).join(' ');
  if (!APOSTROPHE.test(text)) return text;
  const joined = text.match(/\S*['’ʼ‘`]\S*/gu)?.map((word) => word.replaceAll(APOSTROPHES, '')) ?? [];
  return [text, ...joined].join(' ');
}

export interface Sought {
  /** Beginnings of words, all of which have to stand there. */
  readonly words: readonly string[];
  /** It may be a phone number: the beginnings of the ways to write it, of which one has to stand there. */
  readonly phone: readonly string[];
  /** It may be the beginning of an id; `null`: hardly. */
  readonly id: string | null;
}

/** More words than a person types are not looked for. */
const MOST_WORDS = 12;

export function soughtIn(text: string): Sought {
  const trimmed = text.trim();
  const digits = digitsOf(trimmed);
  const words = trimmed.replaceAll(APOSTROPHES, '').match(WORDS) ?? [];
  return {
    words: words.slice(0, MOST_WORDS),
    phone: digits === null ? [] : waysToType(digits),
    id: /^\S{4,}$/.test(trimmed) ? trimmed : null,
  };
}

/** Letters without accents and capitals, for short lists that are looked through here. */
export function folded(text: string): string {
  return text.normalize('NFD').replaceAll(/\p{M}/gu, '').toLowerCase();
}

/** Whether each word of `sought` begins a word of `name`, in any order. */
export function isPartOf(sought: string, name: string): boolean {
  const words = folded(sought).replaceAll(APOSTROPHES, '').match(WORDS) ?? [];
  const there = folded(indexedText(name)).match(WORDS) ?? [];
  return words.length > 0 && words.every((word) => there.some((one) => one.startsWith(word)));
}
