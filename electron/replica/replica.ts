/**
 * The **replica**: the local PouchDB of one server. It holds every revision that any dump brought, as
 * revision trees. It is a database on this disk, or a CouchDB that several stations share (a URL).
 */
import { StationError } from '../../shared/errors.ts';
import { openLocalReplica } from './local.ts';
import { openRemoteReplica } from './remote.ts';
import type { Replica } from './types.ts';

/**
 * Opens the replica by PouchDB name (a folder) or by URL.
 * @throws StationError `data-in-use`, `replica-unreachable`, `replica-failed`
 */
export async function openReplica(nameOrUrl: string): Promise<Replica> {
  try {
    return /^https?:\/\//.test(nameOrUrl)
      ? await openRemoteReplica(nameOrUrl)
      : await openLocalReplica(nameOrUrl);
  } catch (error) {
    if (error instanceof StationError) throw error;
    if (error instanceof Error && /LOCK|lock hold/i.test(error.message))
      throw new StationError('data-in-use', undefined, error);
    throw new StationError('replica-failed', undefined, error);
  }
}
