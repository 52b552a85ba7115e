/** A join in one line: "the server added patient id 40003 · the phone changed the phone number". */
import { cleanText } from './labels.ts';
import type { Language } from './languages.ts';
import type { JoinedField, Path } from './three-way-merge.ts';
import { phrases } from './words/index.ts';

/** So many fields of a side are named. */
const NAMED = 3;
/** A value that is longer is not shown. */
const VALUE_LENGTH = 40;

type Phrase = ReturnType<typeof phrases<'joins'>>;

/**
 * Who did what, one part for each side and kind of change, the server first.
 * @param labelOf the name that a person knows a field by; without one, the field's own name
 */
export function joinInWords(
  fields: readonly JoinedField[],
  language: Language = 'en',
  labelOf: (path: Path) => string | undefined = () => undefined,
): string {
  const phrase = phrases('joins', language);
  const parts: string[] = [];
  for (const side of ['server', 'phone', 'both'] as const) {
    for (const verb of ['Added', 'Changed', 'Removed'] as const) {
      const named = fields
        .filter((field) => field.from === side && verbOf(field) === verb)
        .map((field) => nameOf(field, phrase, labelOf));
      if (named.length === 0) continue;
      const rest = named.length - NAMED;
      const shown = [...named.slice(0, NAMED), ...(rest > 0 ? [phrase('more', { count: rest })] : [])];
      parts.push(phrase(`${side}${verb}`, { fields: shown.join(', ') }));
    }
  }
  return parts.join(' · ');
}

function verbOf(field: JoinedField): 'Added' | 'Changed' | 'Removed' {
  if (!('before' in field)) return 'Added';
  return 'after' in field ? 'Changed' : 'Removed';
}

function nameOf(field: JoinedField, phrase: Phrase, labelOf: (path: Path) => string | undefined): string {
  const { path, after } = field;
  const names = path.filter((name) => typeof name === 'string');
  const own = names.at(-1) ?? '';
  if (names[0] === '_attachments') return phrase('file', { name: cleanText(own) });
  const label = cleanText(labelOf(path) ?? own.replaceAll('_', ' '));
  const value = typeof after === 'string' || typeof after === 'number' ? cleanText(String(after)) : '';
  return value !== '' && value.length <= VALUE_LENGTH && !('before' in field) ? `${label} ${value}` : label;
}
