/** The few words by which a person recognises a document. */
import { kindOf } from './document-kinds.ts';
import { formOf } from './document-people.ts';
import { fieldAt, firstIn, textAt, type Body } from './untrusted.ts';

/** Longest label, in UTF-16 units. */
export const LABEL_LENGTH = 120;

/**
 * What could make a label look like another one, or escape its line: line and other control characters,
 * marks that turn the direction of writing, invisible fillers and tag characters. The joiners that Persian
 * and the Indian scripts need stay.
 */
const LINE_BREAKING = /[\p{Cc}\u2028\u2029]/gu;
const DISGUISING =
  /[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;

/** A text made fit for one line of a screen: at most `LABEL_LENGTH`, nothing in it that is not seen. */
export function cleanText(text: string): string {
  const line = text
    .slice(0, 4 * LABEL_LENGTH)
    .toWellFormed()
    .replace(LINE_BREAKING, ' ')
    .replace(DISGUISING, '')
    .replace(/\s+/gu, ' ')
    .trim();
  return line.length <= LABEL_LENGTH ? line : `${cutBetweenCharacters(line, LABEL_LENGTH - 1).trimEnd()}…`;
}

/** Without what is not seen or turns the direction of writing, at any length and with its line ends. */
export function withoutDisguise(text: string): string {
  return text.toWellFormed().replace(DISGUISING, '');
}

/** Letters of two alphabets that look alike, within one word: `сhw1` with a Cyrillic letter. */
const MIXED_WORD =
  /(?=[\p{L}\p{N}]*\p{Script=Latin})(?=[\p{L}\p{N}]*[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}\p{Script=Cherokee}])[\p{L}\p{N}]+/u;

/** Whether a name may pass for another one: something in it is not seen, turns the writing, or mixes alphabets in a word. */
export function looksLikeAnother(name: string): boolean {
  const seen = name.toWellFormed().replace(LINE_BREAKING, '').replace(DISGUISING, '');
  return seen !== name || MIXED_WORD.test(seen);
}

function cutBetweenCharacters(text: string, length: number): string {
  const last = text.charCodeAt(length - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? length - 1 : length);
}

/**
 * A few words for a list: the name of a contact; the form's title and the patient's name for a report; the
 * text of a message; the title of a task; else the id. `formTitles` maps the code of a form to its title.
 * Never empty unless the id has nothing to show, never longer than `LABEL_LENGTH`.
 */
export function labelOf(id: string, body: Body, formTitles?: ReadonlyMap<string, string>): string {
  return cleanText(wordsFor(id, body, formTitles) ?? '') || cleanText(id);
}

function wordsFor(id: string, body: Body, formTitles?: ReadonlyMap<string, string>): string | undefined {
  switch (kindOf(id, body, false)) {
    case 'report':
      return joined(titleOfReport(body, formTitles), patientNameOf(body));
    case 'message':
      return textAt(body, 'sms_message', 'message') ?? firstMessageOf(body) ?? patientNameOf(body);
    case 'task':
      return joined(textAt(body, 'emission', 'title'), textAt(body, 'emission', 'contact', 'name'));
    case 'target':
      return textAt(body, 'reporting_period') ?? id.split('~')[1];
    case 'form':
      return formTitlesOf(id, body)?.title;
    case 'user-settings':
      return textAt(body, 'fullname') ?? textAt(body, 'name');
    default:
      return textAt(body, 'name');
  }
}

function joined(...words: readonly (string | undefined)[]): string | undefined {
  const known = words
    .filter((word) => word !== undefined)
    .map(cleanText)
    .filter((word) => word !== '');
  return known.length === 0 ? undefined : known.join(' · ');
}

function titleOfReport(body: Body, formTitles?: ReadonlyMap<string, string>): string | undefined {
  const form = formOf(body);
  return form === null ? undefined : (formTitles?.get(form) ?? form);
}

/** The name of whom it is about, as the record itself has it. */
export function patientNameOf(body: Body): string | undefined {
  return (
    textAt(body, 'fields', 'patient_name') ??
    textAt(body, 'fields', 'inputs', 'contact', 'name') ??
    textAt(body, 'fields', 'place_name') ??
    textAt(body, 'patient_name')
  );
}

/** The text of an outgoing SMS: `tasks[0].messages[0].message`. */
function firstMessageOf(body: Body): string | undefined {
  return textAt(firstIn(firstIn(body, 'tasks'), 'messages'), 'message');
}

/**
 * The code that reports use for a form (`internalId`, else what follows `form:`) and its title; `null` for
 * any other document and for a form without a title. Of a title in several languages the one in `locale`
 * is taken, else the first.
 */
export function formTitlesOf(id: string, body: Body, locale = 'en'): { form: string; title: string } | null {
  if (!id.startsWith('form:') || kindOf(id, body, false) !== 'form') return null;
  const form = textAt(body, 'internalId') ?? id.slice('form:'.length);
  const title = cleanText(titleIn(fieldAt(body, 'title'), locale) ?? '');
  return form === '' || title === '' ? null : { form, title };
}

/** A title is a text, or a list of `{locale, content}`. */
function titleIn(title: unknown, locale: string): string | undefined {
  if (!Array.isArray(title)) return typeof title === 'string' ? title : undefined;
  const inLocale = title.find((one) => textAt(one, 'locale') === locale && textAt(one, 'content'));
  return (
    textAt(inLocale, 'content') ??
    textAt(
      title.find((one) => textAt(one, 'content')),
      'content',
    )
  );
}
