/** The texts of forms and translations as plain text for a person, in the language that fits best. */
import { withoutDisguise } from '../labels.ts';
import type { Part, Words } from './form-table.ts';

/** Longest text of a form that is shown, in UTF-16 units. */
export const TEXT_LENGTH = 500;

/** The marks that texts of forms are set with; anything else between angle brackets is text. */
const MARKS =
  /<\/?(?:a|b|big|br|center|div|em|font|h[1-6]|hr|i|li|ol|p|small|span|strong|table|tbody|td|th|tr|u|ul)(?:[\s/][^<>]*)?>/giu;
const LINK = /\[([^\][]*)\]\([^()\s]*\)/gu;
const HEADING = /^\s*#{1,6}\s+/gmu;
const STRONG = /\*\*/gu;

/** One line of plain text, without what only makes it bold or large; never longer than `TEXT_LENGTH`. */
export function plainText(text: string): string {
  const line = withoutDisguise(text.slice(0, 8 * TEXT_LENGTH))
    .replace(MARKS, ' ')
    .replace(LINK, '$1')
    .replace(HEADING, '')
    .replace(STRONG, '')
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim();
  return line.length <= TEXT_LENGTH
    ? line
    : `${line
        .slice(0, TEXT_LENGTH - 1)
        .toWellFormed()
        .trimEnd()}…`;
}

/** What CHT's forms carry where a group or a field has no label, because their makers must give one. */
const NO_LABEL = 'NO_LABEL';

/**
 * Parts joined to plain text.
 * @param output the value that stands where the form puts one; `null`: it is not known
 */
export function textOfParts(parts: readonly Part[], output: (xpath: string) => string | null): string {
  const said = parts.map((part) => (typeof part === 'string' ? part : (output(part.output) ?? '…')));
  const text = plainText(said.join(''));
  return text === NO_LABEL ? '' : text;
}

/** `fr` of `fr-SN`, of `fr_SN` and of `French (fr)`. */
function baseOf(language: string): string {
  const [, inside] = /\(([^()]+)\)\s*$/u.exec(language) ?? [];
  return (inside ?? language).trim().toLowerCase().split(/[-_]/u)[0] ?? '';
}

/** What is said in one language, however the form spells it; texts in no language count for every one. */
export function saidIn(words: Words, language: string): readonly Part[] | undefined {
  const exact = words.get(language) ?? words.get('');
  if (exact !== undefined) return exact;
  const wanted = baseOf(language);
  for (const [spelt, parts] of words) if (baseOf(spelt) === wanted) return parts;
  return undefined;
}

/** What is said in the first language. */
export function saidFirst(words: Words): readonly Part[] | undefined {
  return [...words.values()][0];
}

/** A name of a field made readable, where nothing says how it is called: `s_mama-0` is "S mama 0". */
export function humanised(name: string): string {
  const spaced = plainText(
    name
      .replace(/([\p{Ll}\d])(\p{Lu})/gu, '$1 $2')
      .replace(/[_.\-\s]+/gu, ' ')
      .trim(),
  );
  return spaced.replace(/^./u, (letter) => letter.toUpperCase());
}
