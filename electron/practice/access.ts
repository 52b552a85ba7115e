/** Joins accounts, settings and the current documents into the answer to: what may this person see and do? */
import { apiError, isObject } from './http.ts';
import type { Doc, StoredDoc } from './pouch.ts';
import type { Store } from './store.ts';
import type { Account } from './users.ts';
import { isAdmin, isOnline } from './users.ts';
import type { Scope, Viewer } from './visibility.ts';
import { isContact, isVisible, scopeOf } from './visibility.ts';

function settingsIn(current: ReadonlyMap<string, StoredDoc>): Record<string, unknown> {
  const settings = current.get('settings')?.settings;
  return isObject(settings) ? settings : {};
}

/** The settings of the server, as they are now. */
export async function appSettings(store: Store): Promise<Record<string, unknown>> {
  return settingsIn(await store.current());
}

/** Do the settings give this permission to one of the account's roles? Admins have them all. */
export async function hasPermission(store: Store, account: Account, name: string): Promise<boolean> {
  if (isAdmin(account) || account.roles.includes('admin')) return true;
  const { permissions } = await appSettings(store);
  const roles: unknown = isObject(permissions) ? permissions[name] : undefined;
  return Array.isArray(roles) && account.roles.some((role) => roles.includes(role));
}

/** Whatever writes under /medic/ needs `can_edit` (docs/cht.md §1.6). Throws 403. */
export async function needPermission(store: Store, account: Account, name: string): Promise<void> {
  if (!(await hasPermission(store, account, name))) throw apiError(403, 'Insufficient privileges');
}

/** The deepest `replication_depth` of the roles; negative where the settings limit nothing. */
function depthsOf(roles: readonly string[], settings: Record<string, unknown>) {
  const rules: unknown[] = Array.isArray(settings.replication_depth) ? settings.replication_depth : [];
  let depths = { contactDepth: -1, reportDepth: -1, primaryContacts: false };
  for (const rule of rules) {
    if (!isObject(rule) || !roles.includes(String(rule.role))) continue;
    const contactDepth = Number(rule.depth);
    const reportDepth = rule.report_depth === undefined ? -1 : Number(rule.report_depth);
    const primaryContacts = rule.replicate_primary_contacts === true;
    if (contactDepth > depths.contactDepth) depths = { contactDepth, reportDepth, primaryContacts };
  }
  return depths;
}

/** What a restricted account sees now. */
export async function currentScope(store: Store, account: Account): Promise<Scope> {
  const current = await store.current();
  const settings = settingsIn(current);
  const unassigned =
    settings.district_admins_access_unallocated_messages === true &&
    (await hasPermission(store, account, 'can_view_unallocated_data_records'));
  const viewer: Viewer = {
    name: account.name,
    contact: account.contact,
    facilities: account.facilities,
    unassigned,
    ...depthsOf(account.roles, settings),
  };
  return scopeOf(viewer, [...current.values()].filter(isContact));
}

/** Where a person goes after signing in: to the app, or to the pages of administration. */
export async function homeOf(store: Store, account: Account): Promise<'/' | '/admin/'> {
  return isOnline(account) && (await hasPermission(store, account, 'can_configure')) ? '/admin/' : '/';
}

/** A test for single documents: everything for online users, their own share for the others. */
export async function sightOf(store: Store, account: Account): Promise<(doc: Doc) => boolean> {
  if (isOnline(account)) return () => true;
  const scope = await currentScope(store, account);
  return (doc) => isVisible(scope, doc);
}

/** The ids every restricted user may list, and nothing else (docs/cht.md §2.1). */
export function defaultIds(account: Account): string[] {
  return ['_design/medic-client', 'service-worker-meta', 'settings', `org.couchdb.user:${account.name}`];
}
