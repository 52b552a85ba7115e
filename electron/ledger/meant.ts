/** What a list was asked to find, looked for once and written down for the statements that follow. */
import { TWICE, type ChangeFilter } from './change-filter.ts';
import type { Database } from './database.ts';
import { found, type Condition } from './finding.ts';

/** As `query`, with `meant` instead of what takes long to find. The temporary table `meant` holds the last of it only. */
export function meantIn<Query extends ChangeFilter>(db: Database, query: Query): Query {
  const sought: Condition[] = [];
  if (query.find !== undefined && query.find.trim() !== '') sought.push(found(query.find));
  if (query.twice === true) sought.push({ sql: TWICE, values: [] });
  if (sought.length === 0) return query;
  db.run('CREATE TEMP TABLE IF NOT EXISTS meant (seq INTEGER PRIMARY KEY) STRICT');
  db.run('DELETE FROM temp.meant');
  db.run(
    `INSERT INTO temp.meant ${sought.map(({ sql }) => `SELECT * FROM (${sql}) WHERE true`).join(' INTERSECT ')}
     ON CONFLICT DO NOTHING`,
    ...sought.flatMap(({ values }) => values),
  );
  return { ...query, find: undefined, twice: undefined, meant: true };
}
