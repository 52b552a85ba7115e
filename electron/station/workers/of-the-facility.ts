/**
 * Asks the server who else works in the places of this station: who never came stands in no export. Only a station
 * account is shown that.
 */
import { needsOf, userSettingsOf } from '../../../shared/documents.ts';
import { cleanText } from '../../../shared/labels.ts';
import { fieldAt, textAt } from '../../../shared/untrusted.ts';
import { isUserName } from '../../../shared/user-names.ts';
import { ownersHere, seePerson } from '../../ledger/people.ts';
import { setSetting, setting } from '../../ledger/settings.ts';
import { recordSignInWay } from '../../ledger/sign-in-ways.ts';
import type { ChtClient } from '../../upload/client.ts';
import { isRestrictedBy } from '../../upload/roles.ts';
import type { Core } from '../core.ts';

/** People change slowly, and a large deployment has thousands. */
const ASKED_AGAIN_AFTER = 12 * 60 * 60 * 1000;
const PLACES_AT_ONCE = 200;

interface Account {
  readonly body: Record<string, unknown>;
  readonly user: string;
  readonly contact: string | null;
  readonly facilities: readonly string[];
}

/** Notes the health workers of the facility; at most twice a day, unless somebody came whom the server has not shown yet. */
export async function seeFacility(core: Core, client: ChtClient): Promise<void> {
  const here = ownersHere(core.db).join('\n');
  const askedAt = Date.parse(setting(core.db, 'people.askedAt') ?? '');
  const isFresh = core.clock() - askedAt < ASKED_AGAIN_AFTER;
  if (isFresh && setting(core.db, 'people.askedFor') === here) return;
  const accounts: Account[] = [];
  let own: Account | undefined;
  for await (const part of client.userSettings())
    for (const body of part) {
      const account = accountIn(body);
      if (account?.user === client.user) own = account;
      else if (account !== null && isHealthWorker(body)) accounts.push(account);
    }
  const places = await ancestorsOf(client, [...new Set(accounts.flatMap(({ facilities }) => facilities))]);
  const ours = ourPlaces(own?.facilities ?? [], accounts, places, new Set(here.split('\n')));
  core.db.transaction(() => {
    const at = core.now();
    for (const { body, user, contact, facilities } of accounts) {
      if (!facilities.some((id) => [id, ...(places.get(id) ?? [])].some((place) => ours.has(place))))
        continue;
      seePerson(core.db, { user, contact, how: 'server', at, ...calledIn(body) });
      const settings = userSettingsOf(textAt(body, '_id') ?? '', body);
      const rev = textAt(body, '_rev') ?? null;
      if (settings !== null)
        recordSignInWay(core.db, { user, way: settings.signsIn, rev, how: 'server', at });
    }
    setSetting(core.db, 'people.askedAt', at);
    setSetting(core.db, 'people.askedFor', here);
  });
}

function accountIn(body: Record<string, unknown>): Account | null {
  const settings = userSettingsOf(textAt(body, '_id') ?? '', body);
  if (settings === null || !isUserName(settings.user) || fieldAt(body, 'inactive') === true) return null;
  const { user, contactId, facilityIds } = settings;
  return { body, user, contact: contactId ?? null, facilities: facilityIds };
}

/** Whose phone carries records: the server restricts the person to a place. */
function isHealthWorker(body: Record<string, unknown>): boolean {
  const roles = fieldAt(body, 'roles');
  return Array.isArray(roles) && isRestrictedBy((roles as unknown[]).map(String));
}

/** What the account says of the person; nothing where it is empty. */
function calledIn(body: Record<string, unknown>): { name: string | null; phone: string | null } {
  const said = (key: string): string | null => cleanText(textAt(body, key) ?? '') || null;
  return { name: said('fullname'), phone: said('phone') };
}

/** The places above each of these, the nearest first. */
async function ancestorsOf(
  client: ChtClient,
  ids: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const found = new Map<string, readonly string[]>();
  for (let from = 0; from < ids.length; from += PLACES_AT_ONCE) {
    const bodies = await client.currentDocuments(ids.slice(from, from + PLACES_AT_ONCE));
    for (const [id, body] of bodies) if (body !== null) found.set(id, needsOf(id, body));
  }
  return found;
}

/**
 * The places whose people belong to this station: those of the account; an account of no place goes by the people who
 * came, whose neighbours work below the same place.
 */
function ourPlaces(
  own: readonly string[],
  accounts: readonly Account[],
  above: ReadonlyMap<string, readonly string[]>,
  here: ReadonlySet<string>,
): ReadonlySet<string> {
  if (own.length > 0) return new Set(own);
  const came = accounts.filter(({ user }) => here.has(user)).flatMap(({ facilities }) => facilities);
  return new Set(came.map((id) => above.get(id)?.[0] ?? id));
}
