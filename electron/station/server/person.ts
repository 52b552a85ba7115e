/** What a server says of a health worker: places, rights, and how deep the role reaches. */
import { userSettingsOf } from '../../../shared/documents.ts';
import type { HealthWorker } from '../../../shared/refusals.ts';
import { fieldAt } from '../../../shared/untrusted.ts';
import type { ChtClient } from '../../upload/client.ts';

export interface Configured extends HealthWorker {
  /** Primary contacts of places in the area come along, wherever they live (since 4.18). */
  readonly letsPrimariesIn: boolean;
}

/**
 * What the server says of a health worker; `null` where it has no such user.
 * @param knownRoles the roles of the person who is signed in; `null`: those of the user settings
 */
export async function personOf(
  client: ChtClient,
  user: string,
  knownRoles: readonly string[] | null,
): Promise<Configured | null> {
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
    contact: settings.contactId ?? null,
    ...depthOf(roles, fieldAt(configured, 'replication_depth')),
    // Where the settings cannot be read, the server decides.
    maySend: !Array.isArray(editors) || (editors as unknown[]).some((role) => roles.includes(role as string)),
    seesUnallocated:
      fieldAt(configured, 'district_admins_access_unallocated_messages') === true &&
      Array.isArray(readers) &&
      (readers as unknown[]).some((role) => roles.includes(role as string)),
  };
}

/** How deep the deepest of these roles reaches, by the settings of the server; none: everything below (docs/cht.md §2.2). */
function depthOf(
  roles: readonly unknown[],
  rules: unknown,
): Pick<Configured, 'contactDepth' | 'reportDepth' | 'letsPrimariesIn'> {
  let deepest: Pick<Configured, 'contactDepth' | 'reportDepth' | 'letsPrimariesIn'> = {
    contactDepth: null,
    reportDepth: null,
    letsPrimariesIn: false,
  };
  for (const rule of Array.isArray(rules) ? (rules as unknown[]) : []) {
    const depth = levels(fieldAt(rule, 'depth'));
    if (depth === null || !roles.includes(fieldAt(rule, 'role'))) continue;
    if (deepest.contactDepth != null && depth <= deepest.contactDepth) continue;
    deepest = {
      contactDepth: depth,
      reportDepth: levels(fieldAt(rule, 'report_depth')),
      letsPrimariesIn: fieldAt(rule, 'replicate_primary_contacts') === true,
    };
  }
  return deepest;
}

/** Written as a number or as text; a negative one limits nothing. */
function levels(value: unknown): number | null {
  const number =
    typeof value === 'string' || typeof value === 'number' ? Number.parseInt(String(value), 10) : NaN;
  return number >= 0 ? number : null;
}
