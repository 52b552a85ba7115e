/**
 * The script that runs inside a phone's web view, built to one file that needs nothing else. It leaves nothing behind:
 * no global, no file, no setting. It only reads, but for `write` and `confirm`. Whoever runs it gets a `PhoneScript`.
 */
import { confirm } from './confirm.ts';
import type { PhoneDatabase, PouchDatabase } from './database.ts';
import { exportTo } from './export-file.ts';
import { look, open } from './facts.ts';
import { listLeaves } from './leaves.ts';
import { readPage } from './pages.ts';
import { appState, writeBatch } from './parcel.ts';
import { PACE, type PhoneScript } from './protocol.ts';

/** Only where the app offers neither a connection nor its PouchDB. */
async function carried(): Promise<PouchDatabase> {
  const { default: pouch } = await import('pouchdb-browser');
  return pouch as PouchDatabase;
}

let opened: PhoneDatabase | null = null;

async function onlyUser(): Promise<string> {
  const found = await look();
  const signedIn = found.kind === 'app' ? found.users.find((one) => one.signedIn) : undefined;
  if (signedIn === undefined) throw new Error('nobody is signed in');
  return signedIn.user;
}

export const phone: PhoneScript = {
  look,
  async open(user) {
    const { database, facts } = await open(user, carried);
    opened = database;
    return facts;
  },
  page(cursor) {
    if (opened === null) return Promise.reject(new Error('nothing is open'));
    return readPage(opened, cursor, PACE);
  },
  leaves(after) {
    if (opened === null) return Promise.reject(new Error('nothing is open'));
    return listLeaves(opened, after, PACE.leaves);
  },
  state: appState,
  write: writeBatch,
  confirm(confirmation) {
    if (opened === null) return Promise.reject(new Error('nothing is open'));
    return confirm(opened, confirmation);
  },
  async exportTo(file, user, since = 0) {
    return exportTo(file, await open(user ?? (await onlyUser()), carried), since, PACE);
  },
};
