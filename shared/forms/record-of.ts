/** One record in words: which fields of its document are whose answers, and what its kind says beside them. */
import { formOf } from '../document-people.ts';
import { contactTypeOf, type DocumentKind } from '../document-kinds.ts';
import { isObject, fieldAt, textAt, type Body } from '../untrusted.ts';
import type { Answer, RecordField } from '../record-view.ts';
import type { FormTable, Item } from './form-table.ts';
import { FormWords, recordPhrases, type Label, type Wording } from './form-words.ts';
import type { Rows } from './record-rows.ts';
import { rowsOf } from './record-rows.ts';
import type { Place } from './relevance.ts';
import { targetRows, taskRows } from './work-rows.ts';

export interface RecordMaterial extends Omit<Wording, 'record' | 'code'> {
  readonly kind: DocumentKind;
  readonly body: Body;
  /** The targets of the settings, which alone say how a target is called. */
  readonly targets: readonly Body[];
}

/** What every record carries for the app alone, or what the screen says beside it. */
const BESIDE = [
  '_id',
  '_rev',
  '_deleted',
  '_attachments',
  '_revisions',
  'type',
  'content_type',
  'contact_type',
  'form',
  'form_version',
  'hidden_fields',
  'reported_date',
  'fields',
  'parent',
  'meta',
];

export class RecordWords {
  readonly #material: RecordMaterial;
  readonly #answers: FormWords;
  readonly #beside: FormWords;
  /** Of a contact: the name of the group in its form that holds its fields. */
  readonly #type: string | undefined;

  constructor(material: RecordMaterial) {
    const { kind, body } = material;
    this.#material = material;
    this.#type = kind === 'contact' ? contactTypeOf(body) : undefined;
    const record =
      kind === 'report' ? fieldAt(body, 'fields') : this.#type === undefined ? {} : { [this.#type]: body };
    const code = kind === 'report' ? formOf(body) : null;
    this.#answers = new FormWords({ ...material, code, record });
    this.#beside = new FormWords({ ...material, tables: [], code: null, record: body });
  }

  rows(): Rows {
    const { kind, body, translations, language, named, targets } = this.#material;
    switch (kind) {
      case 'report':
        return this.#withBeside(this.#reportRows());
      case 'contact':
        return this.#contactRows();
      case 'task':
        return { rows: taskRows(body, { translations, language, named }), folded: [], leftOut: 0 };
      case 'target':
        return { rows: targetRows(body, targets, { translations, language }), folded: [], leftOut: 0 };
      default:
        return rowsOf({
          words: this.#beside,
          pathOf: (place) => place,
          items: [],
          hidden: [],
          skipped: new Set(BESIDE),
        });
    }
  }

  #reportRows(): Rows {
    const { body } = this.#material;
    const list = fieldAt(body, 'hidden_fields');
    const hidden = Array.isArray(list) ? (list as unknown[]).filter((path) => typeof path === 'string') : [];
    return rowsOf({
      words: this.#answers,
      pathOf: (place) => ['fields', ...place],
      items: this.#answers.wording.tables[0]?.items ?? [],
      hidden,
      skipped: new Set(['meta']),
    });
  }

  /** With the fields of the document that are no answers. */
  #withBeside(answers: Rows): Rows {
    const beside = rowsOf({
      words: this.#beside,
      pathOf: (place) => place,
      items: [],
      hidden: [],
      // The author stands above the record.
      skipped: new Set([...BESIDE, 'contact']),
    });
    const fields = beside.rows.filter((row): row is RecordField => row.kind === 'field');
    return {
      rows: answers.rows,
      folded: [...answers.folded, ...fields, ...beside.folded],
      leftOut: answers.leftOut + beside.leftOut,
    };
  }

  #contactRows(): Rows {
    const type = this.#type ?? '';
    const items = (this.#answers.wording.tables[0]?.items ?? []).filter(({ path }) => path[0] === type);
    return rowsOf({
      words: this.#answers,
      pathOf: (place) => place.slice(1),
      items: withoutBeside(items),
      hidden: [],
      skipped: new Set(BESIDE.map((name) => `${type}/${name}`)),
    });
  }

  /** How the field at a path of the document is called. */
  label(path: Place): Label {
    const [words, place] = this.#placeOf(path);
    return words.fullLabel(place);
  }

  /** What it says; `undefined`: a group or list. */
  answer(path: Place, value: unknown): Answer | undefined {
    const [words, place] = this.#placeOf(path);
    return words.answer(place, value);
  }

  #placeOf(path: Place): [FormWords, Place] {
    const [first] = path;
    if (this.#material.kind === 'report' && first === 'fields' && path.length > 1)
      return [this.#answers, path.slice(1)];
    if (this.#type !== undefined && typeof first === 'string' && !BESIDE.includes(first))
      return [this.#answers, [this.#type, ...path]];
    return [this.#beside, path];
  }
}

/** The questions of a contact's form without those that only say what it is and where it lies. */
function withoutBeside(items: readonly Item[]): Item[] {
  return items.map((item) =>
    item.kind === 'question'
      ? item
      : {
          ...item,
          items: item.items.filter(({ path }) => !(path.length === 2 && BESIDE.includes(path[1] ?? ''))),
        },
  );
}

/** What kind of thing it is, in words: a form's title, a type's name; `undefined`: nothing says it. */
export function titleOf(
  {
    kind,
    body,
    translations,
    tables,
    language,
  }: Pick<RecordMaterial, 'kind' | 'body' | 'translations' | 'tables' | 'language'>,
  documents: { readonly form: Body | null; readonly types: readonly Body[]; readonly smsTitle: unknown },
): string | undefined {
  if (kind === 'report') {
    const { form, smsTitle } = documents;
    const key = textAt(form, 'translation_key');
    return (
      (key === undefined ? undefined : translations.key(key, body)) ??
      translations.from(fieldAt(form, 'title')) ??
      translations.from(smsTitle) ??
      titleOfTable(tables[0])
    );
  }
  if (kind === 'contact') {
    const type = documents.types.find((one) => textAt(one, 'id') === contactTypeOf(body));
    const key = textAt(type, 'name_key') ?? `contact.type.${contactTypeOf(body) ?? ''}`;
    return translations.key(key);
  }
  if (kind === 'task') {
    const title = fieldAt(body, 'emission', 'title');
    const said = typeof title === 'string' ? translations.key(title, fieldAt(body, 'emission')) : undefined;
    return said ?? translations.from(title, fieldAt(body, 'emission'));
  }
  if (kind === 'target') return recordPhrases(language)('target.period');
  return undefined;
}

function titleOfTable(table: FormTable | undefined): string | undefined {
  const [first] = table === undefined ? [] : [...table.title.values()];
  const text = first
    ?.filter((part) => typeof part === 'string')
    .join('')
    .trim();
  return text === undefined || text === '' ? undefined : text;
}

/** Ids of the places above, the nearest first. */
export function lineageOf(contact: unknown): string[] {
  const ids: string[] = [];
  let at = fieldAt(contact, 'parent');
  for (let level = 0; level < 12 && at !== undefined && at !== null; level += 1) {
    const id = typeof at === 'string' ? at : textAt(at, '_id');
    if (id !== undefined && id !== '') ids.push(id);
    at = isObject(at) ? fieldAt(at, 'parent') : undefined;
  }
  return ids;
}
