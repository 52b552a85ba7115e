/**
 * What names the fields of one record: its form in the version it was made with, the translations in the reviewer's
 * language first, the settings. All of it is what the server says, or what the record's own dump brought (label-documents.ts).
 */
import { readForm } from '../../forms/read-form.ts';
import { formOf } from '../../../shared/document-people.ts';
import type { FormTable } from '../../../shared/forms/form-table.ts';
import { RecordWords, titleOf, type RecordMaterial } from '../../../shared/forms/record-of.ts';
import { smsFormOf } from '../../../shared/forms/sms-form.ts';
import { translationsOf, type Translations } from '../../../shared/forms/translations.ts';
import type { LabelKind } from '../../../shared/label-documents.ts';
import type { Language } from '../../../shared/languages.ts';
import { contactTypeOf, type DocumentKind } from '../../../shared/document-kinds.ts';
import type { FormState } from '../../../shared/record-view.ts';
import { fieldAt, isObject, textAt, type Body } from '../../../shared/untrusted.ts';
import { contactNamed, type NamedContact } from '../../ledger/contact-names.ts';
import type { Database } from '../../ledger/database.ts';
import { labelDocuments, xformOf, type KnownLabelDocument } from '../../ledger/label-documents.ts';

/** Forms that were read, so that each is read once while records of it are looked at. */
const KEPT_FORMS = 40;
/** Languages that are looked into beside the reviewer's. */
const MOST_LANGUAGES = 6;

const tables = new WeakMap<Database, Map<string, FormTable | null>>();

/** A version of a form; `null`: it could not be read. */
function tableOf(db: Database, form: KnownLabelDocument): FormTable | null {
  const known = tables.get(db) ?? new Map<string, FormTable | null>();
  tables.set(db, known);
  const found = known.get(form.content);
  if (found !== undefined) {
    known.delete(form.content);
    known.set(form.content, found);
    return found;
  }
  const xform = xformOf(db, form);
  const table = xform === null ? null : readForm(xform);
  known.set(form.content, table);
  for (const oldest of known.keys()) {
    if (known.size <= KEPT_FORMS) break;
    known.delete(oldest);
  }
  return table;
}

export interface RecordToName {
  readonly kind: DocumentKind;
  readonly body: Body;
  readonly attachments: readonly string[];
  /** Whose labels it goes by; `null`: none brought it. */
  readonly dump: string | null;
}

export interface NamedRecord {
  readonly words: RecordWords;
  /** `undefined`: nothing says what kind of thing it is. */
  readonly title: string | undefined;
  readonly form: FormState;
  readonly named: (idOrCode: string) => NamedContact | undefined;
}

/** What names things for the records of one dump: the server's labels, and its own. */
export class LabelsOfDump {
  readonly dump: string | null;
  readonly settings: Body | null;
  readonly translations: Translations;
  readonly types: readonly Body[];
  readonly #db: Database;
  readonly #language: Language;

  constructor(db: Database, dump: string | null, language: Language) {
    this.#db = db;
    this.dump = dump;
    this.#language = language;
    this.settings = bodyOf(this.documents('settings', '')[0]);
    this.translations = translationsFor(this.settings, language, (name) =>
      bodyOf(this.documents('translations', name)[0]),
    );
    this.types = listOf(fieldAt(this.settings, 'contact_types'));
  }

  documents(kind: LabelKind, name: string): KnownLabelDocument[] {
    return labelDocuments(this.#db, { kind, name, dump: this.dump });
  }

  /**
   * What kind of thing a record is, in words, where its document is not at hand.
   * @param code of a report its form, of a contact its type, of a task its title
   */
  title(kind: DocumentKind, code: string): string | undefined {
    const bodies: Partial<Record<DocumentKind, Body>> = {
      report: { form: code },
      contact: { type: 'contact', contact_type: code },
      task: { emission: { title: code } },
      target: {},
    };
    const body = bodies[kind];
    if (body === undefined) return undefined;
    const form = kind === 'report' ? this.documents('form', code)[0] : undefined;
    const table = form?.hasXform === true ? tableOf(this.#db, form) : null;
    return titleOf(
      {
        kind,
        body,
        translations: this.translations,
        language: this.#language,
        tables: table === null ? [] : [table],
      },
      { form: bodyOf(form), types: this.types, smsTitle: this.smsTitle(kind === 'report' ? code : null) },
    );
  }

  smsTitle(code: string | null): unknown {
    return code === null ? undefined : fieldAt(this.settings, 'forms', code, 'meta', 'label');
  }
}

export function nameRecord(db: Database, record: RecordToName, language: Language): NamedRecord {
  const { kind, body, attachments, dump } = record;
  const labels = new LabelsOfDump(db, dump, language);
  const { settings, translations, types } = labels;
  const names = new Map<string, NamedContact | undefined>();
  const named = (idOrCode: string) => {
    if (!names.has(idOrCode)) names.set(idOrCode, contactNamed(db, idOrCode, dump));
    return names.get(idOrCode);
  };
  const forms = formsFor({ kind, body, types, settings, translations }, (name) =>
    labels.documents('form', name),
  );
  const material: RecordMaterial = {
    kind,
    body,
    attachments,
    translations,
    language,
    named,
    targets: listOf(fieldAt(settings, 'targets')),
    tables: forms.found.flatMap((form) => (isTable(form) ? [form] : (tableOf(db, form) ?? []))),
  };
  const code = kind === 'report' ? formOf(body) : null;
  const [first] = forms.found;
  return {
    words: new RecordWords(material),
    title: titleOf(material, {
      form: first === undefined || isTable(first) ? null : bodyOf(first),
      types,
      smsTitle: labels.smsTitle(code),
    }),
    form: stateOf(kind, forms, material.tables.length),
    named,
  };
}

type FoundForm = KnownLabelDocument | FormTable;
const isTable = (form: FoundForm): form is FormTable => 'items' in form;

interface FoundForms {
  readonly found: readonly FoundForm[];
  /** Another version than the record was made with. */
  readonly isOther: boolean;
}

function formsFor(
  of: {
    readonly kind: DocumentKind;
    readonly body: Body;
    readonly types: readonly Body[];
    readonly settings: Body | null;
    readonly translations: Translations;
  },
  versions: (name: string) => readonly KnownLabelDocument[],
): FoundForms {
  const { kind, body } = of;
  if (kind === 'contact') {
    const type = contactTypeOf(body) ?? '';
    const own = of.types.find((one) => textAt(one, 'id') === type);
    const found = (['create', 'edit'] as const).flatMap((act) => {
      const id = textAt(own, `${act}_form`) ?? `form:contact:${type}:${act}`;
      return versions(id.replace(/^form:/, '')).slice(0, 1);
    });
    return { found, isOther: false };
  }
  const code = kind === 'report' ? formOf(body) : null;
  if (code === null) return { found: [], isOther: false };
  const all = versions(code);
  const made = fieldAt(body, 'form_version', 'time');
  const timeOf = (form: KnownLabelDocument) => fieldAt(bodyOf(form), 'xmlVersion', 'time');
  const exact = made === undefined ? undefined : all.find((form) => timeOf(form) === made);
  const form = exact ?? all[0];
  if (form !== undefined && (form.hasXform || fieldAt(body, 'content_type') === 'xml')) {
    const isOther = exact === undefined && made !== undefined && timeOf(form) !== undefined;
    return { found: [form], isOther };
  }
  const sms = smsFormOf(of.settings, code, (key) => of.translations.key(key));
  return { found: sms === null ? [] : [sms], isOther: false };
}

function stateOf(kind: DocumentKind, forms: FoundForms, read: number): FormState {
  if (kind !== 'report' && kind !== 'contact') return 'none';
  const hasText = forms.found.some((form) => isTable(form) || form.hasXform);
  if (!hasText) return 'missing';
  if (read === 0) return 'unreadable';
  return forms.isOther ? 'other-version' : 'read';
}

function translationsFor(
  settings: Body | null,
  language: Language,
  documentOf: (language: string) => Body | null,
): Translations {
  const listed = [...listOf(fieldAt(settings, 'languages')), ...listOf(fieldAt(settings, 'locales'))].map(
    (one) => textAt(one, 'locale') ?? textAt(one, 'code'),
  );
  const wanted = [language, textAt(settings, 'locale'), 'en', ...listed].filter((one) => one !== undefined);
  const codes = [...new Set(wanted)].slice(0, MOST_LANGUAGES);
  const documents = codes.flatMap((code): [string, Body][] => {
    const body = documentOf(code);
    return body === null ? [] : [[code, body]];
  });
  return translationsOf(codes, new Map(documents));
}

/** The naming fields of a document, which the ledger itself wrote as JSON. */
function bodyOf(document: KnownLabelDocument | undefined): Body | null {
  const body: unknown = document === undefined ? null : JSON.parse(document.body);
  return isObject(body) ? body : null;
}

function listOf(value: unknown): Body[] {
  return Array.isArray(value) ? (value as unknown[]).filter(isObject) : [];
}
