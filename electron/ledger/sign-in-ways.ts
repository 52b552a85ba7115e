/** How people sign in to the server, as dumps and the server say. */
import { generationOf } from '../../shared/revisions.ts';
import type { SignInWay } from '../../shared/sign-in-ways.ts';
import { type Database, text } from './database.ts';

export interface SaidWay {
  readonly user: string;
  readonly way: SignInWay;
  /** Of the user-settings that say so; `null`: none, or it showed when somebody signed in. */
  readonly rev: string | null;
  readonly how: 'server' | 'dump';
  /** ISO 8601. */
  readonly at: string;
}

/**
 * Notes how a person signs in. The server is always right. Of dumps the settings of the latest generation count, because
 * phones carry old ones for weeks; against the server no dump counts, because a phone may have edited old ones.
 */
export function recordSignInWay(db: Database, { user, way, rev, how, at }: SaidWay): void {
  const generation = rev === null ? null : generationOf(rev);
  db.run(
    `INSERT INTO sign_in_ways (user, way, generation, how, at) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (user) DO UPDATE SET way = excluded.way, generation = excluded.generation, how = excluded.how,
       at = excluded.at
     WHERE excluded.how = 'server' OR (sign_in_ways.how = 'dump'
       AND coalesce(excluded.generation, 0) > coalesce(sign_in_ways.generation, 0))`,
    user,
    way,
    generation,
    how,
    at,
  );
}

/** `null`: not known. */
export function signInWay(db: Database, user: string): SignInWay | null {
  const row = db.get('SELECT way FROM sign_in_ways WHERE user = ?', user);
  return row === undefined ? null : (text(row, 'way') as SignInWay);
}
