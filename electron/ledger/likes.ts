/** What is here beside a record that may be the same once more: a report of the same form and day, a person with a like name. */
import { isLikeName } from '../../shared/like-names.ts';
import type { ClassingRow } from './classes.ts';
import { type Database, text } from './database.ts';

type Looked = Pick<ClassingRow, 'kind' | 'form' | 'about' | 'reportedAt' | 'label' | 'born' | 'deleted'>;

/** More than a person would look at; a dump may bring as many as it likes. */
const MOST = 50;

/** Still counts as a record of its own, as a condition on `changes o`. */
const THERE = `o.state != 'superseded' AND o.deleted = 0 AND o.never_sent IS NULL AND o.class != 'broken'`;

const DAY_MS = 86_400_000;

/** Ids of other reports of the same form, about the same one, of the same day; days are those of UTC. */
export function sameReports(
  db: Database,
  id: string,
  { kind, form, about, reportedAt, deleted }: Looked,
): string[] {
  if (kind !== 'report' || deleted || form === null || about === null || reportedAt === null) return [];
  const day = Math.floor(reportedAt / DAY_MS) * DAY_MS;
  return db
    .all(
      `SELECT DISTINCT o.id FROM changes o INDEXED BY changes_about WHERE o.about = ? AND o.form = ?
         AND o.reported_at >= ? AND o.reported_at < ? AND o.id != ? AND o.kind = 'report' AND ${THERE} LIMIT ${MOST}`,
      about,
      form,
      day,
      day + DAY_MS,
      id,
    )
    .map((row) => text(row, 'id'));
}

/** Ids of other people of the same household and birthday, with a like name. */
export function likePeople(
  db: Database,
  id: string,
  { kind, about, born, label, deleted }: Looked,
): string[] {
  if (kind !== 'contact' || deleted || about === null || born === null) return [];
  const rows = db.all(
    `SELECT DISTINCT o.id, o.label FROM changes o INDEXED BY changes_born WHERE o.about = ? AND o.born = ?
       AND o.id != ? AND o.kind = 'contact' AND ${THERE} LIMIT ${MOST}`,
    about,
    born,
    id,
  );
  return [
    ...new Set(rows.filter((row) => isLikeName(text(row, 'label'), label)).map((row) => text(row, 'id'))),
  ];
}

/** The version of each form that the server has now, milliseconds since 1970; `null`: it does not say. */
export type FormsThere = ReadonlyMap<string, number | null>;

/** `null`: the server did not show its forms yet. */
export function formsThere(db: Database): FormsThere | null {
  const rows = db.all(
    `SELECT d.name, max(d.body ->> '$.xmlVersion.time') AS version FROM label_sources s
       JOIN label_documents d ON d.id = s.id AND d.rev = s.rev AND d.content = s.content
     WHERE s.source = 'server' AND s.current = 1 AND d.kind = 'form' GROUP BY d.name`,
  );
  if (rows.length === 0) return null;
  return new Map(
    rows.map((row) => [text(row, 'name'), typeof row['version'] === 'number' ? row['version'] : null]),
  );
}

/** Forms that a dump or the server was seen to have at any time: what is no such form came as a text message. */
export function formsSeen(db: Database): ReadonlySet<string> {
  return new Set(
    db.all(`SELECT DISTINCT name FROM label_documents WHERE kind = 'form'`).map((row) => text(row, 'name')),
  );
}
