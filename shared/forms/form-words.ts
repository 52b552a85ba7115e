/** How the fields of one record are called: by its form, by the deployment's translations, by the station's own words. */
import type { Language } from '../languages.ts';
import type { Answer } from '../record-view.ts';
import { phrases, WORDS } from '../words/index.ts';
import { answerOf, UUID, type NamedRecords } from './answers.ts';
import { keyOf, type FormTable, type Item, type Question, type Rule, type Words } from './form-table.ts';
import { humanised, saidFirst, saidIn, textOfParts } from './label-text.ts';
import { fieldSeenFrom, isRelevant, placeOf, type Place } from './relevance.ts';
import type { Translations } from './translations.ts';

export interface Wording {
  /** The forms that ask for it, the one that it was made with first; what the first does not say the others may. */
  readonly tables: readonly FormTable[];
  /** Its form's code as translations have it (`report.CODE.field`); `null`: it is no report. */
  readonly code: string | null;
  readonly translations: Translations;
  /** Of the station's own words. */
  readonly language: Language;
  /** What the form filled in: the fields from below its root. */
  readonly record: unknown;
  readonly attachments: readonly string[];
  readonly named: NamedRecords;
}

export interface Label {
  readonly text: string;
  /** Made of the field's own name, because nothing says how it is called. */
  readonly unnamed: boolean;
}

export class FormWords {
  readonly wording: Wording;
  readonly #items = new Map<string, Item>();

  constructor(wording: Wording) {
    this.wording = wording;
    const add = (items: readonly Item[]) => {
      for (const item of items) {
        const key = keyOf(item.path);
        if (!this.#items.has(key)) this.#items.set(key, item);
        if (item.kind !== 'question') add(item.items);
      }
    };
    for (const table of wording.tables) add(table.items);
  }

  question(place: Place): Question | undefined {
    const item = this.#items.get(keyOf(place));
    return item?.kind === 'question' ? item : undefined;
  }

  #rule(place: Place): Rule | undefined {
    const key = keyOf(place);
    return this.wording.tables.map((table) => table.rules.get(key)).find((rule) => rule !== undefined);
  }

  /** A text of the form in the best language that has it, `undefined` where none has; `at`: where it stands. */
  say(words: Words, at: Place): string | undefined {
    for (const language of this.wording.translations.languages) {
      const found = this.#said(saidIn(words, language), at);
      if (found !== undefined) return found;
    }
    return this.#said(saidFirst(words), at);
  }

  #said(parts: ReturnType<typeof saidIn>, at: Place): string | undefined {
    const text = parts === undefined ? '' : textOfParts(parts, (xpath) => this.#output(xpath, at));
    return text === '' ? undefined : text;
  }

  /** What a text of the form shows of the record. */
  #output(xpath: string, at: Place): string | null {
    const { record, tables } = this.wording;
    const place = placeOf(xpath, at, tables[0]?.root ?? null);
    if (place === null) return null;
    const value = fieldSeenFrom(record, place, at);
    if (value === undefined || value === '') return '';
    const answer = this.answer(place, value);
    if (answer === undefined) return null;
    if (answer.is === 'choices') return answer.texts.join(', ');
    if (answer.is === 'record') return answer.name;
    return typeof value === 'string' || typeof value === 'number' ? String(value) : null;
  }

  /** How a field or group is called, without those that it lies in. */
  label(place: Place): Label {
    const own = place.findLast((name) => typeof name === 'string') ?? '';
    const words = this.#items.get(keyOf(place))?.words;
    const { code, translations, language } = this.wording;
    const key = code === null ? null : `report.${code}.${keyOf(place).replaceAll('/', '.')}`;
    for (const spoken of translations.languages) {
      const found =
        (words === undefined ? undefined : this.#said(saidIn(words, spoken), place)) ??
        (key === null ? undefined : translations.keyIn(spoken, key));
      if (found !== undefined) return { text: found, unnamed: false };
    }
    const any =
      (words === undefined ? undefined : this.say(words, place)) ??
      (key === null ? undefined : translations.key(key)) ??
      knownField(own, language);
    // An id may stand for a field's name as well.
    const made = UUID.test(own) ? '' : humanised(own);
    return any === undefined ? { text: made, unnamed: true } : { text: any, unnamed: false };
  }

  /** Its label after those of the groups that it lies in. */
  fullLabel(place: Place): Label {
    const labels: Label[] = [];
    for (const [at, name] of place.entries()) {
      if (typeof name === 'number') {
        const before = labels.pop();
        if (before !== undefined) labels.push({ ...before, text: `${before.text} ${name + 1}`.trim() });
      } else labels.push(this.label(place.slice(0, at + 1)));
    }
    const last = labels.at(-1);
    // A group without a heading of its own is not seen by anybody.
    const shown = labels.filter((label) => label === last || !label.unnamed);
    return { text: shown.map(({ text }) => text).join(' › '), unnamed: last?.unnamed ?? true };
  }

  /** `undefined`: a group or list. */
  answer(place: Place, value: unknown): Answer | undefined {
    const { tables, attachments, named } = this.wording;
    return answerOf(value, {
      question: this.question(place),
      type: this.#rule(place)?.type ?? 'string',
      name: place.findLast((name) => typeof name === 'string') ?? '',
      path: place,
      root: tables[0]?.root ?? null,
      attachments,
      say: (words) => this.say(words, place),
      named,
    });
  }

  /** Whether the form asked for it, and for all groups that it lies in; `null`: it cannot be told. */
  isAsked(place: Place): boolean | null {
    let asked: boolean | null = true;
    for (let length = 1; length <= place.length; length += 1) {
      const above = place.slice(0, length);
      const xpath = typeof above.at(-1) === 'string' ? (this.#rule(above)?.relevant ?? null) : null;
      if (xpath === null) continue;
      const one = isRelevant(xpath, this.wording.record, above, this.wording.tables[0]?.root ?? null);
      if (one === false) return false;
      asked = one === null ? null : asked;
    }
    return asked;
  }
}

/** Fields that CHT itself gives to records. */
export function knownField(name: string, language: Language): string | undefined {
  const key = `field.${name}`;
  const words: Readonly<Record<string, string>> = WORDS[language].records;
  return Object.hasOwn(words, key) ? words[key] : undefined;
}

export const recordPhrases = (language: Language) => phrases('records', language);
