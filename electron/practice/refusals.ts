/**
 * The two `validate_doc_update` functions of a CHT server, `medic` (authority) and `medic-client` (shape):
 * why the database itself refuses a document (docs/cht.md §2.2 and §2.5, docs/cht-exchanges.md §2).
 */
import { isObject } from './http.ts';
import type { Doc } from './pouch.ts';
import type { Account } from './users.ts';
import { isAdmin } from './users.ts';

const ADMIN_ONLY_TYPES = ['form', 'translations', 'token_login', 'ui-extension'];
const ADMIN_ONLY_IDS = [
  'resources',
  'service-worker-meta',
  'zscore-charts',
  'settings',
  'branding',
  'partners',
  'privacy-policies',
  'extension-libs',
  'migration-log',
];

function whyNotForm(id: string): string | undefined {
  if (!id.startsWith('form:')) return '_id property must be prefixed with "form:". e.g. "form:registration"';
  if (id === 'form:') return '_id property must define a value after "form:". e.g. "form:registration"';
  return id === id.toLowerCase() ? undefined : '_id property must be lower case. e.g. "form:registration"';
}

function whyNotSettings(doc: Doc, stored: Doc | undefined, admin: boolean): string | undefined {
  if (!doc._id.startsWith('org.couchdb.user:')) return '_id must be prefixed with "org.couchdb.user:".';
  if (!Array.isArray(doc.roles)) return 'roles is a required array';
  if (admin) return undefined;
  if (!stored) return 'You are not authorized to create user-settings';
  const same = isObject(stored) && JSON.stringify(stored.roles) === JSON.stringify(doc.roles);
  return same ? undefined : 'You are not authorized to edit roles';
}

/** The reason of the refusal, or `undefined`. `stored` is the nearest stored ancestor of the document. */
export function whyRefused(doc: Doc, stored: Doc | undefined, account: Account): string | undefined {
  if (doc.purged) return 'Purged documents should not be written to CouchDB!';
  if (doc._id.startsWith('_design/') && !isAdmin(account)) return 'You are not a db or server admin.';
  const adminOnly = ADMIN_ONLY_IDS.includes(doc._id) || ADMIN_ONLY_TYPES.includes(String(doc.type));
  if (adminOnly && !isAdmin(account)) return 'You are not authorized to edit admin only docs';
  if (doc.type === 'form') return whyNotForm(doc._id);
  if (doc.type === 'user-settings') return whyNotSettings(doc, stored, isAdmin(account));
  return undefined;
}
