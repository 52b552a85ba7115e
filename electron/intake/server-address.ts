/** Whether two ways of writing a server's address mean the same server, and whether a dump is for this one. */
import type { DumpClaims } from '../../shared/dump.ts';
import type { AsideReason } from '../../shared/set-aside.ts';

/** A host with its port, as far as the text says one; `null` where it is no address. */
function hostOf(
  text: string,
): { readonly host: string; readonly name: string; readonly exact: boolean } | null {
  const hasScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(text);
  let url: URL;
  try {
    url = new URL(hasScheme ? text : `https://${text}`);
  } catch {
    return null;
  }
  if (url.hostname === '') return null;
  const name = url.hostname.replace(/\.$/, '');
  // A bare name says nothing of the port; an address does, if only by leaving it out.
  const exact = hasScheme || /^[^/]*:\d+(?:\/|$)/.test(text);
  return { host: url.port === '' ? name : `${name}:${url.port}`, name, exact };
}

/** Whether a text names a server at all. */
export function isAddress(claimed: string): boolean {
  return hostOf(claimed.trim()) !== null;
}

/**
 * Whether a dump that names `claimed` belongs to another server than `ours`. What is no address at all is
 * not known, and nobody is turned away for it.
 */
export function isOtherServer(claimed: string | undefined, ours: string | null): boolean {
  if (claimed === undefined || ours === null) return false;
  const theirs = hostOf(claimed.trim());
  const own = hostOf(ours);
  if (theirs === null || own === null) return false;
  return theirs.exact ? theirs.host !== own.host : theirs.name !== own.name;
}

/**
 * Whether a dump that names this database holds something else than health records: those are in `medic` on every
 * server and in `medic-user-NAME` on a phone, whose `medic-user-NAME-meta` holds telemetry (docs/cht.md §4.2). A path or an
 * address counts by its end.
 */
export function isOtherDatabase(claimed: string | undefined): boolean {
  const name = claimed?.trim().replace(/\/+$/, '').split('/').at(-1) ?? '';
  return name !== '' && name !== 'medic' && !/^medic-user-.+(?<!-meta)$/.test(name);
}

/**
 * Why a dump that says this of itself is set aside; `null`: it is not. `ours`: every address of this station's server,
 * none where no server is set yet.
 */
export function whyAside(
  { server, database }: Pick<DumpClaims, 'server' | 'database'>,
  ours: readonly string[],
): AsideReason | null {
  if (isOtherDatabase(database)) return 'other-database';
  return ours.length > 0 && ours.every((own) => isOtherServer(server, own)) ? 'other-server' : null;
}
