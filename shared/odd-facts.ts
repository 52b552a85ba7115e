/** What the ledger keeps of a document for the rules about what is unusual, beside what every change has. */
import { kindOf } from './document-kinds.ts';
import { makesLogin } from './handover.ts';
import { fieldAt, isObject, textAt, type Body } from './untrusted.ts';

export interface OddFacts {
  /** Of a report: the version of the form it was filled in with, milliseconds since 1970. */
  readonly formVersion: number | null;
  /** Of a report: photos and other files that its answers name and that did not come with it. */
  readonly filesMissing: number;
  /** Of a contact: the server makes a login when it arrives. */
  readonly makesLogin: boolean;
  /** Of a person: the day of birth as it stands there, YYYY-MM-DD. */
  readonly born: string | null;
}

export const NO_ODD_FACTS: OddFacts = {
  formVersion: null,
  filesMissing: 0,
  makesLogin: false,
  born: null,
};

/** @param attachments the names of what came with it */
export function oddFactsOf(
  id: string,
  body: Body,
  deleted: boolean,
  attachments: readonly string[],
): OddFacts {
  if (deleted) return NO_ODD_FACTS;
  switch (kindOf(id, body, deleted)) {
    case 'report':
      return { ...NO_ODD_FACTS, formVersion: versionOf(body), filesMissing: missingOf(body, attachments) };
    case 'contact':
      return {
        ...NO_ODD_FACTS,
        makesLogin: makesLogin(body),
        born: /^\d{4}-\d{2}-\d{2}/.exec(textAt(body, 'date_of_birth') ?? '')?.[0] ?? null,
      };
    default:
      return NO_ODD_FACTS;
  }
}

/** `form_version.time` (docs/cht.md §4.4). */
function versionOf(body: Body): number | null {
  const time = fieldAt(body, 'form_version', 'time');
  return typeof time === 'number' && Number.isSafeInteger(time) && time > 0 ? time : null;
}

/** As the form names what was taken or chosen on the phone: one name without a folder. */
const FILE_NAME = /^[^/\\\n]{1,200}\.(?:jpe?g|png|gif|webp|heic|mp4|3gp|webm|mp3|m4a|amr|ogg|wav|pdf)$/i;
/** More fields and deeper ones than any form has are not looked through. */
const MOST_FIELDS = 5000;
const DEEPEST = 20;

/** CHT stores the file of an answer as `user-file-<answer>`; older versions by the path of the field, which says no name. */
function missingOf(body: Body, attachments: readonly string[]): number {
  if (attachments.some((name) => name.startsWith('user-file/'))) return 0;
  const here = new Set(attachments);
  const missing = new Set<string>();
  let left = MOST_FIELDS;
  const look = (value: unknown, depth: number): void => {
    if ((left -= 1) < 0 || depth > DEEPEST) return;
    if (typeof value === 'string') {
      if (FILE_NAME.test(value) && !here.has(`user-file-${value}`) && !here.has(value)) missing.add(value);
    } else if (Array.isArray(value)) for (const one of value as unknown[]) look(one, depth + 1);
    else if (isObject(value)) for (const one of Object.values(value)) look(one, depth + 1);
  };
  look(fieldAt(body, 'fields'), 0);
  return missing.size;
}
