/** What every route of the practice server works with. */
import type { ColdStorage } from './cold-storage.ts';
import type { InfoDocs } from './info-docs.ts';
import type { Store } from './store.ts';
import type { Accounts } from './users.ts';

export interface Site {
  readonly store: Store;
  readonly accounts: Accounts;
  readonly cold: ColdStorage;
  readonly infoDocs: InfoDocs;
  clock(): number;
  version(): string;
  /** False once the server is closing: long polls end. */
  open(): boolean;
  /** Resolves once sentinel is through with what it began. */
  sentinelIdle(): Promise<unknown>;
}
