/** A record as the health worker saw it (shared/record-view.ts): by its form, with the names of people and places. */
import { subjectOf } from '../../../shared/document-people.ts';
import { lineageOf } from '../../../shared/forms/record-of.ts';
import type { Language } from '../../../shared/languages.ts';
import { cleanText, patientNameOf } from '../../../shared/labels.ts';
import type { Answer, RecordSubjects, RecordView } from '../../../shared/record-view.ts';
import type { FieldDifference } from '../../../shared/review.ts';
import { textAt, type Body } from '../../../shared/untrusted.ts';
import type { Change } from '../../ledger/changes.ts';
import type { StoredRevision } from '../../replica/types.ts';
import { nameRecord, type NamedRecord } from '../labels/words.ts';
import type { Core } from '../core.ts';
import { readVersion } from './versions.ts';

type Naming = Pick<Change, 'id' | 'rev' | 'kind' | 'dump' | 'label' | 'authorUser'>;

/** How the fields of a record are called. */
export function namedRecord(
  core: Core,
  { kind, dump }: Pick<Naming, 'kind' | 'dump'>,
  { body, attachments }: Pick<StoredRevision, 'body' | 'attachments'>,
  language: Language,
): NamedRecord {
  return nameRecord(core.db, { kind, dump, body, attachments: Object.keys(attachments) }, language);
}

export async function recordView(
  core: Core,
  change: Naming,
  stored: Pick<StoredRevision, 'body' | 'attachments'>,
  language: Language,
): Promise<RecordView> {
  const record = namedRecord(core, change, stored, language);
  const { rows, folded, leftOut } = record.words.rows();
  return {
    id: change.id,
    rev: change.rev,
    title: record.title ?? change.label,
    form: record.form,
    about: await aboutOf(core, change, stored.body, record),
    rows,
    folded,
    leftOut,
  };
}

async function aboutOf(
  core: Core,
  { kind, authorUser }: Naming,
  body: Body,
  { named }: NamedRecord,
): Promise<RecordSubjects> {
  const authorId =
    kind === 'report' ? (textAt(body, 'contact', '_id') ?? textAt(body, 'contact')) : undefined;
  const author = (authorId === undefined ? undefined : named(authorId)?.name) ?? authorUser;
  const placesOf = (contact: Body) => lineageOf(contact).flatMap((id) => named(id)?.name ?? []);
  if (kind === 'contact') {
    const name = cleanText(textAt(body, 'name') ?? '');
    return { subject: name === '' ? null : name, places: placesOf(body), author };
  }
  const id =
    kind === 'task'
      ? (textAt(body, 'emission', 'forId') ?? textAt(body, 'owner'))
      : kind === 'target'
        ? textAt(body, 'owner')
        : (subjectOf(body) ?? undefined);
  // Who names nobody else is the sender, and stands as the author already.
  const contact = id === undefined || id === authorId ? undefined : named(id);
  const above = contact === undefined ? null : await bodyOf(core, contact.id, contact.rev);
  const said = cleanText(patientNameOf(body) ?? textAt(body, 'emission', 'contact', 'name') ?? '');
  return {
    subject: contact?.name ?? (said === '' ? null : said),
    places: above === null ? [] : placesOf(above),
    author,
  };
}

async function bodyOf(core: Core, id: string, rev: string | null): Promise<Body | null> {
  return rev === null ? null : ((await readVersion(core, { id, rev }, 'none'))?.body ?? null);
}

/** Differences with the labels and the choices of the form. */
export function inWords(fields: readonly FieldDifference[], { words }: NamedRecord): FieldDifference[] {
  return fields.map((field) => {
    const { path, before, after } = field;
    if (path.length === 0) return field;
    const label = words.label(path);
    const was = 'before' in field ? words.answer(path, before) : undefined;
    const is = 'after' in field ? words.answer(path, after) : undefined;
    return {
      ...field,
      ...(label.unnamed ? {} : { label: label.text }),
      ...(was === undefined ? {} : { beforeSaid: was }),
      ...(is === undefined ? {} : { afterSaid: is }),
    };
  });
}

/** What the versions of a field say, in the order of `values`. */
export function fieldInWords(
  path: readonly (string | number)[],
  values: readonly unknown[],
  { words }: NamedRecord,
): {
  readonly label?: string;
  readonly said: readonly (Answer | null)[];
} {
  const label = path.length === 0 ? undefined : words.label(path);
  return {
    ...(label === undefined || label.unnamed ? {} : { label: label.text }),
    said: values.map((value) => (value === undefined ? null : (words.answer(path, value) ?? null))),
  };
}
