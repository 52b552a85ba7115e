/**
 * What the server shows of the hierarchy, seen from one health worker: in their area, out of it, deleted or
 * unknown. Asked by the health worker's own login (`get-ids` lists what they see, `_revs_diff` tells of
 * everything whether it exists), or by a station account that sees all and reads the places of each contact.
 */
import { subjectOf } from '../../../shared/document-people.ts';
import { kindOf, userSettingsOf } from '../../../shared/documents.ts';
import { isWithin, type HealthWorker, type Standing } from '../../../shared/refusals.ts';
import { codeAt, fieldAt, isObject } from '../../../shared/untrusted.ts';
import { PROBE } from '../../review/ask-server.ts';
import type { ChtClient } from '../../upload/client.ts';
import type { Removals } from './removals.ts';

export interface ServerView {
  readonly person: HealthWorker;
  /** For ids and short codes. What is absent from the answer cannot be told. */
  standings(ids: readonly string[]): Promise<ReadonlyMap<string, Standing>>;
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
  let shortCodes: ReadonlySet<string> | null = null;
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
        shortCodes ??= await shortCodesOf(client, [...visible]);
        for (const id of unknown) if (shortCodes.has(id)) found.set(id, 'visible');
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
  const person = await personOf(client, user, null);
  if (person === null) return null;
  const standings = async (ids: readonly string[], depth = 0): Promise<Map<string, Standing>> => {
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
          found.set(id, isWithin({ id, body }, person.facilities) ? 'visible' : 'elsewhere');
        } else {
          const subject = subjectOf(body);
          if (subject === null) found.set(id, 'visible');
          else bySubject.set(id, subject);
        }
      }
    }
    if (bySubject.size > 0 && depth === 0) {
      const subjects = await standings([...new Set(bySubject.values())], 1);
      for (const [id, subject] of bySubject)
        found.set(id, subjects.get(subject) === 'elsewhere' ? 'elsewhere' : 'visible');
    }
    return found;
  };
  return { person, removals, standings: (ids) => standings(ids) };
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

async function personOf(
  client: ChtClient,
  user: string,
  knownRoles: readonly string[] | null,
): Promise<HealthWorker | null> {
  const id = `org.couchdb.user:${user}`;
  const body = await client.document(id);
  const settings = body === null ? null : userSettingsOf(id, body);
  if (body === null || settings === null) return null;
  const given = fieldAt(body, 'roles');
  const roles = knownRoles ?? (Array.isArray(given) ? (given as unknown[]) : []);
  const configured = fieldAt(await client.document('settings'), 'settings');
  const permissions = fieldAt(configured, 'permissions');
  const editors = fieldAt(permissions, 'can_edit');
  const readers = fieldAt(permissions, 'can_view_unallocated_data_records');
  return {
    user,
    facilities: settings.facilityIds,
    // Where the settings cannot be read, the server decides.
    maySend: !Array.isArray(editors) || (editors as unknown[]).some((role) => roles.includes(role as string)),
    seesUnallocated:
      fieldAt(configured, 'district_admins_access_unallocated_messages') === true &&
      Array.isArray(readers) &&
      (readers as unknown[]).some((role) => roles.includes(role as string)),
  };
}

/**
 * Whether an id may be the short code of a contact: digits by default, anything else where a project gives its own
 * (`KE-0012`). A UUID is none, nor are the ids that the app makes of several parts.
 */
function isShortCode(id: string): boolean {
  return !/^[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}$/i.test(id) && !/[~:]/.test(id);
}

async function shortCodesOf(client: ChtClient, ids: readonly string[]): Promise<Set<string>> {
  const codes = new Set<string>();
  for (const some of pages(ids, BODIES_AT_ONCE)) {
    for (const body of await client.bulkGet(some.map((id) => ({ id })))) {
      if (!isObject(body) || fieldAt(body, 'type') === 'data_record') continue;
      for (const field of ['patient_id', 'place_id']) {
        const code = codeAt(body, field);
        if (code !== undefined) codes.add(code);
      }
    }
  }
  return codes;
}

function* pages<Value>(list: readonly Value[], size: number): Generator<readonly Value[]> {
  for (let at = 0; at < list.length; at += size) yield list.slice(at, at + size);
}
