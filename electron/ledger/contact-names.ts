/**
 * What people and places are called, for the records of one dump: as the server showed them, as the dump itself has them,
 * and as others have them only where these all say the same. No dump names the records of another.
 */
import { kindOf } from '../../shared/document-kinds.ts';
import { cleanText } from '../../shared/labels.ts';
import { textAt } from '../../shared/untrusted.ts';
import { type Database, json, type Row, text, textOrNull } from './database.ts';
import type { Key } from './keys.ts';
import { isAsideIn } from './states.ts';

export interface NamedContact {
  readonly id: string;
  readonly name: string;
  /** A revision of it that is here; `null`: only the server showed it. */
  readonly rev: string | null;
}

/** A contact by its id, or else by its short code; `undefined`: none is here, or nobody can tell which. */
export function contactNamed(db: Database, idOrCode: string, dump: string | null): NamedContact | undefined {
  const byId = contactOf(db, idOrCode, dump);
  if (byId !== undefined) return byId;
  const ids = idsOfCode(db, idOrCode, dump);
  return ids.length === 1 ? contactOf(db, ids[0] ?? '', dump) : undefined;
}

/** The id of the place that this version of a contact lies in; `null`: it does not say. */
export function placeAbove(db: Database, { id, rev }: Key): string | null {
  const row = db.get('SELECT about FROM changes WHERE id = ? AND rev = ?', id, rev);
  return row === undefined ? null : textOrNull(row, 'about');
}

/** In `c`: the dump brought it, first or once more. */
const OWN = `(c.dump IS ? OR EXISTS (SELECT 1 FROM brought_again a WHERE a.id = c.id AND a.rev = c.rev AND a.dump IS ?))`;
const CONTACT = `c.kind = 'contact' AND c.class != 'broken' AND NOT (${isAsideIn('c')})`;

function contactOf(db: Database, id: string, dump: string | null): NamedContact | undefined {
  const rows = db.all(
    `SELECT c.rev, c.label, ${OWN} AS own FROM changes c WHERE c.id = ? AND ${CONTACT}
     ORDER BY own DESC, c.deleted, c.seq DESC`,
    dump,
    dump,
    id,
  );
  // A contact without a name goes by its id in the lists.
  const named = rows.filter((row) => text(row, 'label') !== cleanText(id));
  const rev = rows[0] === undefined ? null : text(rows[0], 'rev');
  const shown = nameOnServer(db, id);
  if (shown !== undefined) return { id, name: shown, rev };
  const [first] = named;
  if (first === undefined) return undefined;
  const isAgreed = first['own'] === 1 || new Set(named.map((row) => text(row, 'label'))).size === 1;
  return isAgreed ? { id, name: text(first, 'label'), rev } : undefined;
}

function nameOnServer(db: Database, id: string): string | undefined {
  const row: Row | undefined = db.get(
    'SELECT body FROM server_bodies WHERE id = ? AND deleted = 0 ORDER BY asked_at DESC LIMIT 1',
    id,
  );
  if (row === undefined) return undefined;
  const body = json<Record<string, unknown>>(row, 'body');
  const name = kindOf(id, body, false) === 'contact' ? cleanText(textAt(body, 'name') ?? '') : '';
  return name === '' ? undefined : name;
}

/** Contacts of that short code: those of the dump itself, else all. */
function idsOfCode(db: Database, code: string, dump: string | null): string[] {
  const rows = db.all(
    `SELECT DISTINCT c.id, ${OWN} AS own FROM changes c WHERE c.code = ? AND ${CONTACT} LIMIT 100`,
    dump,
    dump,
    code,
  );
  const own = rows.filter((row) => row['own'] === 1);
  return [...new Set((own.length > 0 ? own : rows).map((row) => text(row, 'id')))];
}
