/** Asks the server about the people whose records are here: a person of whom only a dump speaks is unusual. */
import { userSettingsOf } from '../../../shared/documents.ts';
import { StationError } from '../../../shared/errors.ts';
import { recordSignInWay } from '../../ledger/sign-in-ways.ts';
import { ownersHere, seePerson } from '../../ledger/people.ts';
import { textAt } from '../../../shared/untrusted.ts';
import type { ChtClient } from '../../upload/client.ts';
import { ruleBatches } from '../review/unusual.ts';
import type { Core } from '../core.ts';
import { seeFacility } from '../workers/of-the-facility.ts';

const AT_ONCE = 200;

/**
 * Notes whom the server shows: the person who signed in, and to a station account everybody. What is unusual about
 * the batches is looked at anew.
 */
export async function seePeople(core: Core, client: ChtClient): Promise<void> {
  const users = client.isRestricted ? [client.user] : ownersHere(core.db);
  for (let from = 0; from < users.length; from += AT_ONCE) {
    const some = users.slice(from, from + AT_ONCE);
    const bodies = client.isRestricted
      ? new Map([[idOf(client.user), await client.document(idOf(client.user))]])
      : await client.currentDocuments(some.map(idOf));
    core.db.transaction(() => {
      for (const user of some) {
        const body = bodies.get(idOf(user));
        const settings = body == null ? null : userSettingsOf(idOf(user), body);
        // Who has signed in exists, whether the server shows the settings or not.
        if (settings === null && user !== client.user) continue;
        const { at, rev } = { at: core.now(), rev: textAt(body, '_rev') ?? null };
        // Whoever signed in by password has one, whatever the settings say.
        const way = user === client.user ? 'password' : settings?.signsIn;
        if (way !== undefined) recordSignInWay(core.db, { user, way, rev, how: 'server', at });
        seePerson(core.db, { user, contact: settings?.contactId ?? null, how: 'server', at });
      }
    });
  }
  if (!client.isRestricted) await seeFacility(core, client).catch(withoutThem(core));
  core.db.transaction(() => ruleBatches(core));
}

/** Who else works here is good to know; nothing of what is asked for waits for it. */
function withoutThem(core: Core): (error: unknown) => void {
  return (error) => {
    if (!(error instanceof StationError)) throw error;
    core.log(`the people of the facility are not known: ${error.code}`);
  };
}

function idOf(user: string): string {
  return `org.couchdb.user:${user}`;
}
