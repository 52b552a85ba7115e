/**
 * What the server shows of the hierarchy, seen from one health worker: in their area, out of it, deleted or
 * unknown. Asked by the health worker's own login (`get-ids` lists what they see, `_revs_diff` tells of
 * everything whether it exists), or by a station account that sees all and reads the places of each contact.
 */
import { subjectOf } from '../../../shared/document-people.ts';
import { kindOf } from '../../../shared/documents.ts';
import { depthBelow, type HealthWorker, type Standing } from '../../../shared/refusals.ts';
import { codeAt, fieldAt, isObject, textAt, type Body } from '../../../shared/untrusted.ts';
import { PROBE } from '../../review/ask-server.ts';
import type { ChtClient } from '../../upload/client.ts';
import { personOf } from './person.ts';
import type { Removals } from './removals.ts';

export interface ServerView {
  readonly person: HealthWorker;
  /** For ids and short codes. What is absent from the answer cannot be told. */
  standings(ids: readonly string[]): Promise<ReadonlyMap<string, Standing>>;
  /** How many levels contacts lie below the places of the person, for ids and short codes. Absent: below none, or cannot be told. */
  depths(ids: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /** For what the server has no trace of. */
  readonly removals: Removals;
}

const AT_ONCE = 1000;
const BODIES_AT_ONCE = 200;

/** The view of the person who is signed in; `null` for somebody whom the server does not restrict. */
export async function ownView(client: ChtClient, removals: Removals): Promise<ServerView | null> {
  const visible = await client.visibleIds();
  if (visible === null) return null;
  const person = await personOf(client, client.user, client.roles);
  if (person === null) return null;
  let shortCodes: ReadonlyMap<string, number | null> | null = null;
  return {
    person: { ...person, listed: visible },
    removals,
    standings: async (ids) => {
      const found = new Map<string, Standing>();
      const others: string[] = [];
      for (const id of ids) {
        if (visible.has(id)) found.set(id, 'visible');
        else others.push(id);
      }
      for (const some of pages(others, AT_ONCE)) {
        const known = await client.revsDiff(Object.fromEntries(some.map((id) => [id, [PROBE]])));
        const deleted = await client.deletedAmong(some);
        const isThere = (id: string): boolean => (known.get(id)?.possibleAncestors.length ?? 0) > 0;
        // What this session delivered is not in the list yet. Purged for these roles is kept from their phones only; it
        // can still be edited.
        const alive = await aliveAmong(client, some.filter(isThere));
        for (const id of some) {
          if (alive.has(id)) found.set(id, 'visible');
          else if (deleted?.has(id) === true) found.set(id, 'deleted');
          else found.set(id, isThere(id) ? 'elsewhere' : 'absent');
        }
      }
      // A subject may be named by a short code, which only the contacts themselves tell.
      const unknown = ids.filter((id) => found.get(id) === 'absent' && isShortCode(id));
      if (unknown.length > 0) {
        shortCodes ??= await shortCodesOf(client, [...visible], person.facilities);
        for (const id of unknown) if (shortCodes.has(id)) found.set(id, 'visible');
      }
      return found;
    },
    depths: async (ids) => {
      const found = new Map<string, number>();
      for (const some of pages(ids, BODIES_AT_ONCE)) {
        for (const body of await client.bulkGet(some.map((id) => ({ id }))))
          setDepth(found, body, person.facilities);
      }
      for (const id of ids) {
        if (found.has(id) || !isShortCode(id)) continue;
        shortCodes ??= await shortCodesOf(client, [...visible], person.facilities);
        const depth = shortCodes.get(id) ?? null;
        if (depth !== null) found.set(id, depth);
      }
      return found;
    },
  };
}

/** The view of a health worker, asked by an account with full view; `null` where the server has no such user. */
export async function viewOf(
  client: ChtClient,
  user: string,
  removals: Removals,
): Promise<ServerView | null> {
  const known = await personOf(client, user, null);
  if (known === null) return null;
  const { facilities, contactDepth, letsPrimariesIn } = known;
  // Who is let in from outside is a primary contact of what lies in the area.
  const listed = letsPrimariesIn ? await client.primaryContactsBelow(facilities, contactDepth ?? null) : null;
  const person = listed === null ? known : { ...known, listed };
  const standings = async (ids: readonly string[], round = 0): Promise<Map<string, Standing>> => {
    const found = new Map<string, Standing>();
    const bySubject = new Map<string, string>();
    for (const some of pages(ids, BODIES_AT_ONCE)) {
      const documents = await client.currentDocuments(some);
      for (const id of some) {
        const body = documents.get(id);
        if (body === null) found.set(id, 'deleted');
        else if (body === undefined) {
          // Whom a short code belongs to cannot be asked this way.
          if (!isShortCode(id)) found.set(id, 'absent');
        } else if (kindOf(id, body, false) === 'contact') {
          const depth = depthBelow({ id, body }, facilities);
          const isDeeper = depth !== null && depth > (contactDepth ?? Infinity);
          const isListed = depth !== null || listed?.has(id) === true;
          found.set(id, isDeeper ? 'deeper' : isListed ? 'visible' : 'elsewhere');
        } else {
          const subject = subjectOf(body);
          if (subject === null) found.set(id, 'visible');
          else bySubject.set(id, subject);
        }
      }
    }
    if (bySubject.size > 0 && round === 0) {
      const subjects = await standings([...new Set(bySubject.values())], 1);
      for (const [id, subject] of bySubject) {
        const standing = subjects.get(subject);
        found.set(id, standing === 'elsewhere' || standing === 'deeper' ? standing : 'visible');
      }
    }
    return found;
  };
  const depths = async (ids: readonly string[]): Promise<Map<string, number>> => {
    const found = new Map<string, number>();
    for (const some of pages(ids, BODIES_AT_ONCE)) {
      for (const body of (await client.currentDocuments(some)).values())
        if (body !== null) setDepth(found, body, facilities);
    }
    return found;
  };
  return { person, removals, standings: (ids) => standings(ids), depths };
}

function setDepth(found: Map<string, number>, body: Body, facilities: readonly string[]): void {
  const id = textAt(body, '_id');
  const depth = id === undefined ? null : depthBelow({ id, body }, facilities);
  if (id !== undefined && depth !== null) found.set(id, depth);
}

/** Which of these have a version that is not deleted and that this user may see. */
async function aliveAmong(client: ChtClient, ids: readonly string[]): Promise<ReadonlySet<string>> {
  const alive = new Set<string>();
  for (const some of pages(ids, BODIES_AT_ONCE)) {
    for (const body of await client.bulkGet(some.map((id) => ({ id })))) {
      if (typeof body['_id'] === 'string' && body['_deleted'] !== true) alive.add(body['_id']);
    }
  }
  return alive;
}

/**
 * Whether an id may be the short code of a contact: digits by default, anything else where a project gives its own
 * (`KE-0012`). A UUID is none, nor are the ids that the app makes of several parts.
 */
function isShortCode(id: string): boolean {
  return !/^[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}$/i.test(id) && !/[~:]/.test(id);
}

/** With how many levels their contacts lie below these places. */
async function shortCodesOf(
  client: ChtClient,
  ids: readonly string[],
  facilities: readonly string[],
): Promise<Map<string, number | null>> {
  const codes = new Map<string, number | null>();
  for (const some of pages(ids, BODIES_AT_ONCE)) {
    for (const body of await client.bulkGet(some.map((id) => ({ id })))) {
      const id = textAt(body, '_id');
      if (!isObject(body) || id === undefined || fieldAt(body, 'type') === 'data_record') continue;
      for (const field of ['patient_id', 'place_id']) {
        const code = codeAt(body, field);
        if (code !== undefined) codes.set(code, depthBelow({ id, body }, facilities));
      }
    }
  }
  return codes;
}

function* pages<Value>(list: readonly Value[], size: number): Generator<readonly Value[]> {
  for (let at = 0; at < list.length; at += size) yield list.slice(at, at + size);
}
