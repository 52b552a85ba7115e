/** A clerk at the server: signing in, comparing, uploading. */
import type { PracticeServer } from '../../electron/practice/server.ts';
import type { TestStation } from './station.ts';

/** Signs in as a user of the practice server, for `compare.start` and `upload.start`. */
export function signInAs(server: PracticeServer, user: string): { user: string; password: string } {
  const found = server.users.find((one) => one.user === user);
  return { user, password: found?.password ?? '' };
}

/** Compares as this user. Answers how the comparison ended. */
export async function compareAs(station: TestStation, server: PracticeServer, user: string) {
  const end = await station.wait((await station.ask('compare.start', signInAs(server, user))).job);
  if (end.kind !== 'compared') throw new Error(`the comparison ended as ${JSON.stringify(end)}`);
  return end;
}

/** Whom the practice server believes everything. */
const ACCOUNTS = ['sup_online', 'admin'];

/** Uploads as this user, as what the server says it is: the batches that are named, or all, and what they delete. Answers how the upload ended. */
export async function uploadAs(
  station: TestStation,
  server: PracticeServer,
  user: string,
  batches?: readonly string[],
) {
  const account = ACCOUNTS.includes(user) ? { account: true } : {};
  const which = { user, ...account, ...(batches === undefined ? {} : { batches: [...batches] }) };
  const { records: deleting } = await station.ask('outbox.deletions', which);
  const request = { ...signInAs(server, user), ...which, deleting };
  const end = await station.wait((await station.ask('upload.start', request)).job);
  if (end.kind !== 'uploaded') throw new Error(`the upload ended as ${JSON.stringify(end)}`);
  return end.upload;
}
