/** Since when a phone is read again. Pure: used by the station, not in the page. */
import type { Opened } from './protocol.ts';

/** What was read of a database: its own id, and the sequence up to which it was taken. */
export interface KnownRead {
  readonly device: string;
  readonly databaseId: string;
  readonly sequence: number;
}

export interface Since {
  /** Only what changed after it; 0: everything. */
  readonly sequence: number;
  /**
   * `again`: seen before, only what is new; `first`: never seen; `reset`: this device was seen, but its database
   * is another one or older than it was; `unknown`: it cannot be known again; `asked`: the person wants all.
   */
  readonly why: 'again' | 'first' | 'reset' | 'unknown' | 'asked';
}

/** @param known what was read of this person's databases on this server */
export function sinceOf(
  { device, databaseId, sequence }: Pick<Opened, 'device' | 'databaseId' | 'sequence'>,
  known: readonly KnownRead[],
): Since {
  if (device === null || databaseId === null) return { sequence: 0, why: 'unknown' };
  const ofDevice = known.filter((one) => one.device === device);
  const same = ofDevice.find((one) => one.databaseId === databaseId);
  if (same !== undefined && same.sequence <= sequence) return { sequence: same.sequence, why: 'again' };
  return { sequence: 0, why: ofDevice.length > 0 ? 'reset' : 'first' };
}
