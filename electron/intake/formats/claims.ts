/** What a dump says about itself: in the manifest of our own format, and in the names of files. */
import type { DumpClaims } from '../../../shared/dump.ts';
import type { Limits } from '../../../shared/limits.ts';
import { userNameProposed } from '../../../shared/user-names.ts';
import { isFields } from './fields.ts';

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** A short text without control characters; a number is taken as its digits. Anything else is no claim. */
function claim(value: unknown, limits: Limits): string | undefined {
  const text = typeof value === 'number' && Number.isFinite(value) ? String(value) : value;
  if (typeof text !== 'string' || text === '' || text.length > limits.claimLength) return undefined;
  return text.isWellFormed() && !/\p{Cc}/u.test(text) ? text : undefined;
}

const TEXTS = [
  'user',
  'userContactId',
  'facilityId',
  'device',
  'server',
  'database',
  'since',
  'lastReplicatedSeq',
] as const;

/** The claims of a manifest (`station`). What has another type or is too long is left out. */
export function claimsOfManifest(manifest: unknown, limits: Limits): DumpClaims {
  if (!isFields(manifest)) return {};
  const claims: Mutable<DumpClaims> = {};
  for (const name of TEXTS) {
    const text = claim(manifest[name], limits);
    if (text !== undefined) claims[name] = text;
  }
  const exportedAt = claim(manifest['exportedAt'], limits);
  if (exportedAt !== undefined && !Number.isNaN(Date.parse(exportedAt))) claims.exportedAt = exportedAt;
  if (isFields(manifest['app'])) {
    const app: Mutable<NonNullable<DumpClaims['app']>> = {};
    for (const name of ['cht', 'android', 'pouchdb'] as const) {
      const text = claim(manifest['app'][name], limits);
      if (text !== undefined) app[name] = text;
    }
    claims.app = app;
  }
  return claims;
}

/** What `.gz`, a browser's ` (1)` or a phone's `-1` adds to a name. */
const ADDED = /(?:\s*\(\d{1,3}\)|-\d{1,2})?(?:\.gz)?$/i;
/** `cht-<server host>-<user>-<yyyymmddThhmmssZ>.chtdump`, our own. */
const STATION = /^cht-(.+)-(\d{8}T\d{6})Z$/;
/** `<user>_<yyyymmdd>T<hhmmss>.txt` of cht-android #300; local time, and no seconds when they are 00. */
const ANDROID = /^(.+)_(\d{8}T\d{4}(?:\d{2})?)$/;

/** `medic-user-NAME` is the database of a phone (docs/cht.md §4.2). */
const OF_PHONE = /^medic-user-(.+)$/;
/** Databases that CouchDB and CHT keep beside `medic`, by the end of their names; `medic-user-NAME-meta` is one of them. */
const BESIDE =
  /^(?:_users|_replicator|_global_changes|.*-(?:sentinel|logs|users-meta|vault|audit|meta|purged-(?:cache|role-.*)))$/;

/**
 * The claims of a database's name (which may be a path or an address), and of the address of its server. A name that is
 * neither CHT's nor surely another's is anybody's own choice, and no claim.
 */
export function claimsOfDatabase(name: string, host: string | undefined, limits: Limits): DumpClaims {
  const claims: Mutable<DumpClaims> = {};
  const address = claim(host ?? (/^https?:/.test(name) ? name : undefined), limits);
  const own = claim(name.replace(/\/+$/, '').split('/').at(-1), limits);
  if (address !== undefined && URL.canParse(address)) claims.server = new URL(address).origin;
  if (own === undefined) return claims;
  const user = OF_PHONE.exec(own)?.[1];
  if (BESIDE.test(own) || own === 'medic' || user !== undefined) claims.database = own;
  if (user !== undefined && !BESIDE.test(own)) claims.user = user;
  return claims;
}

/**
 * The claims of a file's name, as it was on its source. A folder before the name does not count. A user is only
 * proposed: files are copied and renamed.
 */
export function claimsOfName(path: string, limits: Limits): DumpClaims {
  const name = (path.split(/[\\/]/).at(-1) ?? '').replace(/\.gz$/i, '');
  const stem = name.replace(/\.(?:json|txt|ndjson|jsonl|chtdump)$/i, '').replace(ADDED, '');
  if (BESIDE.test(stem) && /^(?:_|medic-)/.test(stem)) return { database: stem };
  const station = STATION.exec(withoutExtension(name, '.chtdump') ?? '');
  if (station !== null) {
    const [, who = '', when = ''] = station;
    return { ...hostAndUser(who, limits), exportedAt: `${isoTime(when)}Z` };
  }
  const android = ANDROID.exec(withoutExtension(name, '.txt') ?? '');
  if (android === null) return {};
  const [, who = '', when = ''] = android;
  const user = proposed(who, limits);
  return { ...(user === undefined ? {} : { user }), exportedAt: isoTime(when) };
}

/** What a dump says of itself, and what only the name of its file says, where the dump itself does not. */
export function claimsWithName(own: DumpClaims | undefined, name: string, limits: Limits): DumpClaims {
  const { user: proposedUser, ...named } = claimsOfName(name, limits);
  return { ...named, ...(proposedUser === undefined ? {} : { proposedUser }), ...own };
}

function proposed(text: string, limits: Limits): string | undefined {
  return claim(userNameProposed(text) ?? undefined, limits);
}

function withoutExtension(name: string, extension: string): string | undefined {
  const end = name.toLowerCase().lastIndexOf(extension);
  if (end === -1 || name.slice(end + extension.length).replace(ADDED, '') !== '') return undefined;
  return name.slice(0, end).replace(ADDED, '');
}

/** `20260102T0304` → `2026-01-02T03:04:00` */
function isoTime(compact: string): string {
  const at = (from: number, to: number) => compact.slice(from, to);
  return `${at(0, 4)}-${at(4, 6)}-${at(6, 8)}T${at(9, 11)}:${at(11, 13)}:${at(13, 15) || '00'}`;
}

/**
 * Both parts may hold hyphens. A CHT user name has no dots (`[a-z0-9_-]`), so a host with dots ends before
 * the first hyphen after its last dot; a host without dots is only clear when there is one hyphen at all.
 */
function hostAndUser(text: string, limits: Limits): DumpClaims {
  const hyphen = text.indexOf('-', Math.max(0, text.lastIndexOf('.')));
  const clear = text.includes('.') || text.indexOf('-') === text.lastIndexOf('-');
  if (hyphen <= 0 || !clear) return {};
  const server = claim(text.slice(0, hyphen), limits);
  const user = proposed(text.slice(hyphen + 1), limits);
  return { ...(server === undefined ? {} : { server }), ...(user === undefined ? {} : { user }) };
}
