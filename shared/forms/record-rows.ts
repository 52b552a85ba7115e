/** The rows of a record: what its form showed, in its order, and apart from it the rest. */
import { isObject } from '../untrusted.ts';
import type { RecordField, RecordRow } from '../record-view.ts';
import { geolocationOf } from './answers.ts';
import type { FormWords } from './form-words.ts';
import { keyOf, type Group, type Item, type Question } from './form-table.ts';
import type { Place } from './relevance.ts';

/** More rows than this are left out, and counted. */
export const MOST_ROWS = 2000;
/** Deeper fields of what no form has are left out. */
const DEEPEST = 12;

export interface Rows {
  readonly rows: readonly RecordRow[];
  readonly folded: readonly RecordField[];
  readonly leftOut: number;
}

export interface RowsOf {
  readonly words: FormWords;
  /** Where in the document a field of the form is. */
  readonly pathOf: (place: Place) => Place;
  /** What the form asks; empty: it is not here, and every field is shown as it is called. */
  readonly items: readonly Item[];
  /** Paths that the record itself hides, with dots. */
  readonly hidden: readonly string[];
  /** Fields from below the root that no person reads. */
  readonly skipped: ReadonlySet<string>;
}

export function rowsOf(what: RowsOf): Rows {
  const builder = new Builder(what);
  builder.items(what.items, [], 0);
  builder.rest(what.words.wording.record, []);
  const { rows, folded, leftOut } = builder;
  // What says something goes before what was not asked.
  const isAsked = ({ answer }: RecordField) => answer.is !== 'not-asked';
  return {
    rows,
    folded: [...folded.filter(isAsked), ...folded.filter((field) => !isAsked(field))],
    leftOut,
  };
}

class Builder {
  readonly rows: RecordRow[] = [];
  readonly folded: RecordField[] = [];
  leftOut = 0;
  readonly #what: RowsOf;
  readonly #seen = new Set<string>();

  constructor(what: RowsOf) {
    this.#what = what;
  }

  items(items: readonly Item[], above: Place, depth: number): void {
    for (const item of items) {
      const place = [...above, ...item.path.slice(above.filter((name) => typeof name === 'string').length)];
      if (item.kind === 'question') this.#question(item, place, depth);
      else this.#group(item, place, depth);
    }
  }

  #group(group: Group, place: Place, depth: number): void {
    const value = this.#valueAt(place);
    if (group.kind === 'group') {
      this.#headed(group, place, depth, null);
      return;
    }
    // One that was filled in once may stand there by itself.
    const times = Array.isArray(value) ? [...value.keys()] : isObject(value) ? [null] : [];
    for (const time of times)
      this.#headed(group, time === null ? place : [...place, time], depth, (time ?? 0) + 1);
  }

  #headed(group: Group, place: Place, depth: number, time: number | null): void {
    const { words } = this.#what;
    const text = words.say(group.words, place) ?? '';
    const has = text !== '' || time !== null;
    const at = this.rows.length;
    this.items(group.items, place, has ? depth + 1 : depth);
    if (has && this.rows.length > at) this.rows.splice(at, 0, { kind: 'heading', depth, text, time });
  }

  #question(question: Question, place: Place, depth: number): void {
    const value = this.#valueAt(place);
    const name = JSON.stringify(place);
    if (this.#seen.has(name) || (typeof value === 'object' && value !== null)) return;
    this.#seen.add(name);
    const isHidden = question.hidden || this.#isHidden(place);
    const { words } = this.#what;
    const isEmpty = value === undefined || value === null || value === '';
    const asked = value === undefined ? false : isEmpty ? words.isAsked(place) : true;
    if (question.control === 'note' && isEmpty) {
      const text = isHidden || asked === false ? undefined : words.say(question.words, place);
      if (text !== undefined) this.#row({ kind: 'note', depth, text });
      return;
    }
    if (isHidden && isEmpty) return;
    const answer = asked === false ? ({ is: 'not-asked' } as const) : words.answer(place, value);
    if (answer === undefined) return;
    const { text, unnamed } = words.label(place);
    const path = this.#what.pathOf(place);
    const field = { kind: 'field', depth, path, label: text, unnamed, answer } as const;
    if (isHidden || asked === false) this.#fold({ ...field, depth: 0 });
    else this.#row(field);
  }

  /** What no question of the form holds. */
  rest(value: unknown, place: Place): void {
    if (place.length > DEEPEST || this.#seen.has(JSON.stringify(place))) return;
    if (this.#what.skipped.has(keyOf(place))) return;
    const position = geolocationOf(value);
    if (position !== undefined) this.#rest(place, position);
    else if (Array.isArray(value)) for (const [at, one] of value.entries()) this.rest(one, [...place, at]);
    else if (isObject(value))
      for (const [name, inner] of Object.entries(value)) this.rest(inner, [...place, name]);
    else if (value !== undefined && value !== null && value !== '')
      this.#rest(place, this.#what.words.answer(place, value));
  }

  #rest(place: Place, answer: RecordField['answer'] | undefined): void {
    if (answer === undefined) return;
    const { text, unnamed } = this.#what.words.fullLabel(place);
    const path = this.#what.pathOf(place);
    const field = { kind: 'field', depth: 0, path, label: text, unnamed, answer } as const;
    if (this.#what.items.length === 0 && !this.#isHidden(place)) this.#row(field);
    else this.#fold(field);
  }

  #row(row: RecordRow): void {
    if (this.rows.length < MOST_ROWS) this.rows.push(row);
    else this.leftOut += 1;
  }

  #fold(field: RecordField): void {
    if (this.folded.length < MOST_ROWS) this.folded.push(field);
    else this.leftOut += 1;
  }

  #isHidden(place: Place): boolean {
    const dotted = keyOf(place).replaceAll('/', '.');
    return (
      place[0] === 'inputs' ||
      this.#what.hidden.some((path) => dotted === path || dotted.startsWith(`${path}.`))
    );
  }

  #valueAt(place: Place): unknown {
    let value = this.#what.words.wording.record;
    for (const name of place) {
      if (typeof name === 'number') value = Array.isArray(value) ? (value as unknown[])[name] : undefined;
      else value = isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
    }
    return value;
  }
}
