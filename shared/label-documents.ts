/**
 * What the words of the screens are made of: forms, translations and settings, as far as they say what something is
 * called. They lie in every database of a phone and on the server (docs/cht.md §4.4). They are kept with their revision;
 * of the rest of such a document (rules that are programs, permissions, addresses) nothing is kept.
 */
import { kindOf } from './document-kinds.ts';
import { cleanText, formTitlesOf } from './labels.ts';
import { LIMITS } from './limits.ts';
import { fieldAt, isObject, textAt, type Body } from './untrusted.ts';

export const LABEL_KINDS = ['form', 'translations', 'settings'] as const;
export type LabelKind = (typeof LABEL_KINDS)[number];

export interface LabelDocument {
  readonly id: string;
  readonly rev: string;
  readonly kind: LabelKind;
  /** The code that reports use for a form; the language of translations; empty for settings. */
  readonly name: string;
  /** Of a form, one line; `null` where it has none. */
  readonly title: string | null;
  /** The fields that name things, as JSON. */
  readonly body: string;
  /** The XForm of a form, unread: XML of whoever wrote the dump. */
  readonly xform: string | null;
}

/** Fields of each kind that name things. */
const KEPT: Readonly<Record<LabelKind, readonly string[]>> = {
  form: ['internalId', 'title', 'translation_key', 'subject_key', 'xmlVersion', 'context', 'icon'],
  translations: ['code', 'name', 'rtl', 'generic', 'custom', 'values'],
  settings: ['locale', 'locales', 'languages', 'contact_types', 'forms'],
};

/** The name of the attachment that holds a form's XForm. */
export const XFORM = 'xml';

/**
 * The label material in a document; `null` for any other document, for a deleted one, and for one that is too large.
 * @param xform the XForm of a form; `null` where it is not there
 */
export function labelDocumentOf(
  {
    id,
    rev,
    deleted,
    body,
  }: { readonly id: string; readonly rev: string; readonly deleted: boolean; readonly body: Body },
  xform: string | null,
): LabelDocument | null {
  const kind = deleted ? null : labelKindOf(id, body);
  if (kind === null) return null;
  const from = kind === 'settings' ? fieldAt(body, 'settings') : body;
  if (!isObject(from)) return null;
  const text = JSON.stringify({
    ...picked(from, KEPT[kind]),
    ...(kind === 'settings' ? targetsOf(from) : {}),
  });
  if (text.length + (xform?.length ?? 0) > LIMITS.labelCharacters) return null;
  const title = kind === 'form' ? (formTitlesOf(id, body)?.title ?? null) : null;
  return {
    id,
    rev,
    kind,
    name: nameOf(kind, id, body),
    title,
    body: text,
    xform: kind === 'form' ? xform : null,
  };
}

function labelKindOf(id: string, body: Body): LabelKind | null {
  if (id === 'settings') return 'settings';
  const kind = kindOf(id, body, false);
  if (kind === 'form' && id.startsWith('form:')) return 'form';
  return kind === 'translations' && id.startsWith('messages-') ? 'translations' : null;
}

function nameOf(kind: LabelKind, id: string, body: Body): string {
  if (kind === 'form') return cleanText(textAt(body, 'internalId') ?? id.slice('form:'.length));
  return kind === 'translations' ? cleanText(textAt(body, 'code') ?? id.slice('messages-'.length)) : '';
}

function picked(from: Body, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(names.flatMap((name) => (Object.hasOwn(from, name) ? [[name, from[name]]] : [])));
}

/** Only the names of targets are kept of their settings: everything else in them is a program. */
function targetsOf(settings: Body): Record<string, unknown> {
  const items = fieldAt(settings, 'tasks', 'targets', 'items');
  if (!Array.isArray(items)) return {};
  const targets = (items as unknown[])
    .filter(isObject)
    .map((item) => picked(item, ['id', 'type', 'translation_key', 'subtitle_translation_key', 'name']));
  return { targets };
}
