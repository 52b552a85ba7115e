/** What a server tells of its deployment: its forms, and who is in charge of which place. Sources: docs/cht.md §4. */
import { isObject } from '../../shared/untrusted.ts';
import { strings } from './answers.ts';
import { DATABASE, type Question } from './session.ts';

/** Answers with JSON, or `null` where this person or this server is not offered what is asked for. */
export type Ask = (question: Question) => Promise<unknown>;

/** The range of ids that begin with `form:`. */
const FORMS = 'startkey=%22form%3A%22&endkey=%22form%3A%EF%BF%B0%22';

/**
 * The ids of all forms, as far as this user may list them; `null` where the server does not tell. A restricted user is
 * told the codes of forms, and a form's id is usually its code (docs/cht.md §4.4).
 */
export async function formIds(ask: Ask, isRestricted: boolean): Promise<readonly string[] | null> {
  if (!isRestricted) {
    const listed = await ask({ method: 'GET', path: `/${DATABASE}/_all_docs?${FORMS}`, speed: 'quick' });
    const rows = isObject(listed) && Array.isArray(listed['rows']) ? (listed['rows'] as unknown[]) : null;
    if (rows !== null) return strings(rows.map((row) => (isObject(row) ? row['id'] : undefined)));
  }
  const names = await ask({ method: 'GET', path: '/api/v1/forms', speed: 'quick' });
  if (!Array.isArray(names)) return null;
  return strings(names).flatMap((name) =>
    name.endsWith('.xml') ? [`form:${name.slice(0, -'.xml'.length)}`] : [],
  );
}

/** The range of ids of user-settings. */
const USERS = 'startkey=%22org.couchdb.user%3A%22&endkey=%22org.couchdb.user%3A%EF%BF%B0%22';
const USERS_AT_ONCE = 500;
/** Beyond so many nobody looks through a list of people. */
const MOST_USERS = 20_000;

/**
 * The user-settings of everybody, in parts, for an account with full view (docs/cht.md §2.1: restricted users are shown
 * their own only); where the server does not offer that, none.
 */
export async function* everyUserSettings(ask: Ask): AsyncGenerator<readonly Record<string, unknown>[]> {
  for (let skip = 0; skip < MOST_USERS; skip += USERS_AT_ONCE) {
    const path = `/${DATABASE}/_all_docs?include_docs=true&limit=${USERS_AT_ONCE}&skip=${skip}&${USERS}`;
    const body = await ask({ method: 'GET', path, speed: 'patient' });
    if (!isObject(body) || !Array.isArray(body['rows'])) return;
    const rows = body['rows'] as unknown[];
    yield rows.flatMap((row) => (isObject(row) && isObject(row['doc']) ? [row['doc']] : []));
    if (rows.length < USERS_AT_ONCE) return;
  }
}

/**
 * Ids of the primary contacts of all places below these, no deeper than so many levels (`null`: however deep), for an
 * account with full view; `null` where the server does not offer that.
 */
export async function primaryContactsBelow(
  ask: Ask,
  places: readonly string[],
  depth: number | null,
): Promise<ReadonlySet<string> | null> {
  const levels = depth === null ? [null] : Array.from({ length: depth + 1 }, (_, level) => level);
  const keys = places.flatMap((place) => levels.map((level) => (level === null ? [place] : [place, level])));
  const body = await ask({
    method: 'POST',
    path: `/${DATABASE}/_design/medic/_view/contacts_by_depth?include_docs=true`,
    body: JSON.stringify({ keys }),
    speed: 'patient',
  });
  if (!isObject(body) || !Array.isArray(body['rows'])) return null;
  const found = new Set<string>();
  for (const row of body['rows'] as unknown[]) {
    const contact = isObject(row) && isObject(row['doc']) ? row['doc']['contact'] : undefined;
    const id = isObject(contact) ? contact['_id'] : contact;
    if (typeof id === 'string') found.add(id);
  }
  return found;
}
