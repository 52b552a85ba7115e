/** Which request goes where. Every route here needs a person who is signed in. */
import { appSettings } from './access.ts';
import { deleteUser, postContact, postUser, updateUser, usersDatabase } from './admin.ts';
import { purgeDatabase } from './cold-storage.ts';
import { formFile, listForms } from './forms.ts';
import type { Answer, AskedBy } from './http.ts';
import { couchError, notFound, offlineFirewall } from './http.ts';
import { auditDoc, databaseInfo, deployInfo, usersV1, userV2 } from './info.ts';
import { infoDoc } from './info-docs.ts';
import { allDocs, bulkGet, changes, contactsByDepth, missingRevs, revsDiff } from './reading.ts';
import { archivedDocs, getDeletes, getIds, usersInfo } from './replication.ts';
import { attachment, deleteDoc, getDoc, local, putDoc } from './single.ts';
import type { Site } from './site.ts';
import type { Store } from './store.ts';
import { isAdmin, isOnline } from './users.ts';
import { bulkDocs } from './writing.ts';

/** Answers a request of a person who is signed in. Throws `Refusal`. */
export async function route(site: Site, asked: AskedBy): Promise<Answer> {
  const [first = '', ...rest] = asked.parts;
  if (first === 'api') return routeApi(site, asked, rest);
  if (first === 'medic') return routeMedic(site, asked, rest);
  if (first === '_up') return { status: 200, body: { status: 'ok' } };
  if (first === `medic-user-${asked.account.name}-meta`) throw notFound('Database does not exist.');
  if (!isOnline(asked.account)) throw offlineFirewall();
  if (first === '_users') return usersDatabase(site.accounts, asked, rest.join('/'));
  if (isAdmin(asked.account)) {
    if (first === 'medic-sentinel') {
      // Nobody reads half of what sentinel does with one request's documents.
      await site.sentinelIdle();
      return infoDoc(site.infoDocs, asked, rest.join('/'));
    }
    if (first === 'medic-audit') return auditDoc(site.store, rest.join('/'));
    if (first.startsWith('medic-purged-role-')) return purgeDatabase(site.cold, asked, first, rest);
  }
  if (first === 'medic-archive' && rest[0] === '_all_docs' && site.cold.isOffered())
    return archivedDocs(site.cold, asked);
  throw notFound('Database does not exist.');
}

async function routeApi(site: Site, asked: AskedBy, parts: string[]): Promise<Answer> {
  const { store, accounts, cold, version } = site;
  const name = parts[2] ?? '';
  const listsIds = replicatesByIds(version());
  switch (`${asked.method} ${parts.slice(0, 2).join('/')}`) {
    case 'GET deploy-info':
      return deployInfo(store, version());
    case 'GET v1/users-info':
      return usersInfo(store, cold, asked);
    case 'GET v1/replication':
      if (name === 'get-ids' && listsIds) return getIds(store, cold, asked);
      break;
    case 'POST v1/replication':
      if (name === 'get-deletes' && listsIds) return getDeletes(store, cold, asked);
      break;
    case 'GET v1/settings':
      return { status: 200, body: await appSettings(store) };
    case 'GET v1/forms':
      return name === '' ? listForms(store, asked) : formFile(store, name);
    case 'GET v1/users':
      if (name === '') return usersV1(store, accounts, asked);
      break;
    case 'GET v2/users':
      if (name !== '') return userV2(store, accounts, asked, name);
      break;
    case 'POST v1/users':
      if (parts.length > 3) break;
      return name === '' ? postUser(site, asked) : updateUser(store, accounts, asked, name);
    case 'DELETE v1/users':
      return deleteUser(store, accounts, asked, name);
    case 'POST v1/places':
      return postContact(site, asked, 'place');
    case 'POST v1/people':
      return postContact(site, asked, 'person');
    default:
  }
  // Nothing of the api: CouchDB would be asked, which is not for restricted users.
  if (!isOnline(asked.account)) throw offlineFirewall();
  throw notFound('Database does not exist.');
}

/** Before 4.3 phones asked CouchDB's own `_changes`. */
function replicatesByIds(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > 4 || (major === 4 && minor >= 3);
}

const ONLY_POST = ['_bulk_docs', '_bulk_get', '_revs_diff', '_missing_revs'];

async function routeMedic(site: Site, asked: AskedBy, parts: string[]): Promise<Answer> {
  const { store } = site;
  const { method } = asked;
  const [id = '', ...rest] = parts;
  const restricted = !isOnline(asked.account);
  if (ONLY_POST.includes(id) && method !== 'POST') {
    throw couchError(405, 'method_not_allowed', 'Only POST allowed');
  }
  switch (id) {
    case '':
      if (method === 'POST') return putDoc(store, asked, undefined);
      if (restricted) throw offlineFirewall();
      return databaseInfo(store);
    case '_revs_diff':
      return revsDiff(store, asked);
    case '_missing_revs':
      return missingRevs(store, asked);
    case '_bulk_docs':
      return bulkDocs(store, asked);
    case '_bulk_get':
      return bulkGet(store, asked);
    case '_all_docs':
      return allDocs(store, asked);
    case '_changes':
      return changes(store, asked, { open: site.open, ofPhones: !replicatesByIds(site.version()) });
    case '_local':
      return local(store, asked, `_local/${rest.join('/')}`);
    case '_design':
      if (restricted && rest[0] !== 'medic-client') throw offlineFirewall();
      if (rest.length === 1) return oneDoc(store, asked, `_design/${rest[0]}`, []);
      if (restricted) throw offlineFirewall();
      if (rest.join('/') === 'medic/_view/contacts_by_depth') return contactsByDepth(store, asked);
      throw notFound();
    default:
  }
  if (id.startsWith('_')) {
    if (restricted) throw offlineFirewall();
    throw couchError(404, 'not_found', 'The practice server does not have this.');
  }
  return oneDoc(store, asked, id, rest);
}

async function oneDoc(store: Store, asked: AskedBy, id: string, rest: string[]): Promise<Answer> {
  if (rest.length > 0) return attachment(store, asked, id, rest.join('/'));
  switch (asked.method) {
    case 'GET':
    case 'HEAD':
      return getDoc(store, asked, id);
    case 'PUT':
      return putDoc(store, asked, id);
    case 'DELETE':
      return deleteDoc(store, asked, id);
    default:
      throw couchError(405, 'method_not_allowed', 'Only DELETE,GET,HEAD,POST,PUT,COPY allowed');
  }
}
