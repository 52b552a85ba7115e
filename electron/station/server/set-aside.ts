/**
 * Which dumps are for the server of this station: looked at when a dump is taken, when the server is set and when
 * somebody says that an address is another one of the same server. What names another server is set aside.
 */
import { StationError } from '../../../shared/errors.ts';
import { whyAside } from '../../intake/server-address.ts';
import { audit } from '../../ledger/audit.ts';
import { findBatch } from '../../ledger/batches.ts';
import { contradictedIn, flagContradictions } from '../../ledger/contradiction-flags.ts';
import type { DecisionMaker } from '../../ledger/keys.ts';
import { dismiss, dumpsWithClaims, followAside, markAside, type Touched } from '../../ledger/set-aside.ts';
import { setting } from '../../ledger/settings.ts';
import type { Core } from '../core.ts';
import { classDocuments } from '../review/reclassify.ts';
import { ruleBatches } from '../review/unusual.ts';

type Deciding = Pick<Core, 'db' | 'joins' | 'clock' | 'person' | 'now'>;

/** Every address of this station's server: the one that is set, and those of which somebody said that they are its own. */
export function ownServers({ db }: Pick<Core, 'db'>): string[] {
  const url = setting(db, 'server.url');
  return url === null ? [] : [url, ...otherNames({ db })];
}

/** Further addresses of the server. */
export function otherNames({ db }: Pick<Core, 'db'>): string[] {
  return JSON.parse(setting(db, 'server.names') ?? '[]') as string[];
}

/**
 * Looks at dumps that were taken, at all of them unless some are named, and brings their changes in line. Call inside
 * a transaction.
 */
export function sortDumps(core: Deciding, by: DecisionMaker, only?: readonly string[]): void {
  const ours = ownServers(core);
  const moved: string[] = [];
  for (const { dump, claims, aside } of dumpsWithClaims(core.db)) {
    if (only?.includes(dump) === false) continue;
    const next = whyAside(claims, ours);
    if (next !== aside) markAside(core.db, dump, next, by);
    if (next !== aside || only !== undefined) moved.push(dump);
  }
  if (moved.length === 0) return;
  classTouched(core, followAside(core.db, moved, by));
  flagContradictions(
    core.db,
    moved.flatMap((dump) => contradictedIn(core.db, dump)),
  );
}

/** Call inside a transaction. */
export function classTouched(core: Deciding, { ids, batches }: Touched): void {
  classDocuments(core, ids);
  ruleBatches(
    core,
    [...batches].filter((batch) => findBatch(core.db, batch) !== undefined),
  );
}

/**
 * Puts a batch that is set aside out of sight, or back. Nothing of it is lost either way.
 * @throws StationError `not-found`, `not-set-aside`
 */
export function dismissBatch(core: Core, batch: string, dismissed: boolean, by: DecisionMaker): void {
  core.db.transaction(() => {
    const row = findBatch(core.db, batch);
    if (row === undefined) throw new StationError('not-found');
    if (row.aside === null) throw new StationError('not-set-aside');
    if ((row.dismissedAt !== null) === dismissed) return;
    dismiss(core.db, batch, dismissed ? by.at : null);
    audit(core.db, by, dismissed ? 'dismissed' : 'dismissal-undone', { batch });
  });
  core.changed('batches', 'intake');
}
