/**
 * The **replica**: the local PouchDB of one server. It holds every revision that any dump brought, as
 * revision trees. It is a database on this disk, or a CouchDB that several stations share (a URL).
 */
import { openLocalReplica } from './local.ts';
import { isShared } from './names.ts';
import { openRemoteReplica } from './remote.ts';
import type { MendOptions } from './mend.ts';
import { storeError } from './store-errors.ts';
import type { Replica } from './types.ts';

/**
 * Opens the replica by PouchDB name (a folder) or by URL.
 * @param how of one on this disk
 * @throws StationError `data-in-use`, `replica-unreachable`, `disk-full`, `replica-failed`
 */
export async function openReplica(nameOrUrl: string, how: MendOptions = {}): Promise<Replica> {
  try {
    return isShared(nameOrUrl) ? await openRemoteReplica(nameOrUrl) : await openLocalReplica(nameOrUrl, how);
  } catch (error) {
    throw storeError(error);
  }
}
