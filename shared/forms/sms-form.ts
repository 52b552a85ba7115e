/** The table of a form that is filled in by SMS: `forms` of the settings (docs/cht.md §4.4). */
import { fieldAt, isObject, textAt, type Body } from '../untrusted.ts';
import { NO_WORDS, type Choice, type FormTable, type Item, type Rule, type Words } from './form-table.ts';

const TYPES: Readonly<Record<string, string>> = { integer: 'int', date: 'date', boolean: 'boolean' };

/** Choices of one field; a list of months is the longest that is known. */
const MOST_CHOICES = 1000;

/**
 * @param say how a text by its translation key is called
 * @returns `null`: the settings have no such form
 */
export function smsFormOf(
  settings: unknown,
  code: string,
  say: (key: string) => string | undefined,
): FormTable | null {
  const form = fieldAt(settings, 'forms', code);
  const fields = fieldAt(form, 'fields');
  if (!isObject(fields)) return null;
  const rules = new Map<string, Rule>();
  const items = Object.entries(fields).flatMap(([name, field]): Item[] => {
    if (!isObject(field)) return [];
    const choices = choicesOf(field, say);
    rules.set(name, { type: TYPES[textAt(field, 'type') ?? ''] ?? 'string', relevant: null });
    return [
      {
        kind: 'question',
        path: [name],
        words: wordsOf(
          fieldAt(field, 'labels', 'short') ??
            fieldAt(field, 'labels', 'tiny') ??
            fieldAt(field, 'labels', 'description'),
          say,
        ),
        control: choices.length === 0 ? 'text' : 'one',
        choices,
        hidden: false,
      },
    ];
  });
  return { root: null, title: wordsOf(fieldAt(form, 'meta', 'label'), say), languages: [], items, rules };
}

/** A text, an object by language, or a `translation_key`. */
function wordsOf(label: unknown, say: (key: string) => string | undefined): Words {
  if (typeof label === 'string') return new Map([['', [say(label) ?? label]]]);
  const key = textAt(label, 'translation_key');
  const said = key === undefined ? undefined : say(key);
  if (said !== undefined) return new Map([['', [said]]]);
  if (!isObject(label)) return NO_WORDS;
  return new Map(
    Object.entries(label).flatMap(([language, text]): [string, string[]][] =>
      typeof text === 'string' ? [[language, [text]]] : [],
    ),
  );
}

/** `list`: `[[value, label], …]`. */
function choicesOf(field: Body, say: (key: string) => string | undefined): Choice[] {
  const list = fieldAt(field, 'list');
  if (!Array.isArray(list)) return [];
  return (list as unknown[]).slice(0, MOST_CHOICES).flatMap((one): Choice[] => {
    if (!Array.isArray(one)) return [];
    const [value, label] = one as unknown[];
    return typeof value === 'string' || typeof value === 'number'
      ? [{ value: String(value), words: wordsOf(label, say) }]
      : [];
  });
}
