/**
 * What the server took out of its database with its history. Servers archive old documents from CHT 5.3 on; such a
 * document looks as if it had never been there, and sent again it would come back to life (docs/cht.md §2.7).
 *
 * A health worker is told what was archived, and so is a database admin. Any other station account is not: then
 * nothing that may have been there goes without a person's decision.
 */
import { generationOf } from '../../../shared/revisions.ts';
import { knownFromServer } from '../../ledger/proofs.ts';
import type { ChtClient } from '../../upload/client.ts';
import type { Core } from '../core.ts';
import { recordVersion } from './server.ts';

export type RemovalReason = 'removed-on-server' | 'perhaps-removed';

/** A change of a document that the server has no trace of. */
interface Traceless {
  readonly id: string;
  readonly rev: string;
  readonly madeHere: boolean;
  readonly refused: string | null;
}

/** Asks for one session: how the server tells it is found out once. */
export class Removals {
  readonly #core: Core;
  readonly #client: ChtClient;
  #mayArchive: Promise<boolean> | undefined;
  #tells = true;

  constructor(core: Core, client: ChtClient) {
    this.#core = core;
    this.#client = client;
  }

  /** What became of these; absent from the answer: nothing speaks for their having been there. */
  async among<Item extends Traceless>(items: readonly Item[]): Promise<ReadonlyMap<Item, RemovalReason>> {
    const found = new Map<Item, RemovalReason>();
    if (items.length === 0) return found;
    // Asked whatever the version: what tells is better than what follows from a number.
    const ids = [...new Set(items.map(({ id }) => id))];
    const told = this.#tells ? await this.#client.deletedAmong(ids) : null;
    if (told !== null) {
      for (const item of items) if (told.has(item.id)) found.set(item, 'removed-on-server');
      return found;
    }
    this.#tells = false;
    if (!(await (this.#mayArchive ??= this.#isArchiving()))) return found;
    const known = knownFromServer(this.#core.db, ids);
    for (const item of items) {
      // What somebody who is told has found out before stays true.
      if (item.refused === 'removed-on-server') found.set(item, item.refused);
      else if (known.has(item.id) || isEdit(item) || item.refused === 'perhaps-removed')
        found.set(item, 'perhaps-removed');
    }
    return found;
  }

  /** The server may have been upgraded since the station first saw it. One that does not say may archive. */
  async #isArchiving(): Promise<boolean> {
    const version = await recordVersion(this.#core, this.#client);
    const [, major = '0', minor = '0'] = /^(\d+)\.(\d+)/.exec(version ?? '') ?? [];
    return version === null || Number(major) > 5 || (Number(major) === 5 && Number(minor) >= 3);
  }
}

/** It was edited after it was made, so the server may have had an earlier version of it. */
function isEdit({ rev, madeHere }: Traceless): boolean {
  return !madeHere && generationOf(rev) > 1;
}
