/** What the app notes of its own syncs, and what only the app may touch, as they stand in the page. */
import type { Page } from 'playwright-core';
import type { PracticeServer } from '../../../electron/practice/server.ts';
import { signInAs } from '../../support/uploads.ts';
import { STAYS_ON_PHONE } from '../../../electron/practice/push-filter.ts';

export const SEQUENCE = 'medic-last-replicated-seq';
export const DATE = 'medic-last-replicated-date';

export interface Marks {
  readonly sequence: string | null;
  readonly date: string | null;
}

export function marksOf(page: Page): Promise<Marks> {
  return page.evaluate(
    ([sequence, date]) => ({ sequence: localStorage.getItem(sequence), date: localStorage.getItem(date) }),
    [SEQUENCE, DATE] as const,
  );
}

/** Everything else that the app keeps beside its records: its other values, and every `_local` document. */
export function untouchables(page: Page): Promise<unknown> {
  return page.evaluate(
    async ([sequence, date]) => {
      const values = Object.keys(localStorage)
        .filter((key) => key !== sequence && key !== date)
        .map((key) => [key, localStorage.getItem(key)]);
      const locals: unknown[] = [];
      for (const { name } of await indexedDB.databases()) {
        if (name === undefined || !name.startsWith('_pouch_medic-user-')) continue;
        const database = await new Promise<IDBDatabase>((resolve, reject) => {
          const opening = indexedDB.open(name);
          opening.onsuccess = () => resolve(opening.result);
          opening.onerror = () => reject(new Error(`cannot open ${name}`));
        });
        const rows = await new Promise<unknown>((resolve, reject) => {
          const all = database.transaction('local-store').objectStore('local-store').getAll();
          all.onsuccess = () => resolve(all.result);
          all.onerror = () => reject(new Error(`cannot read ${name}`));
        });
        database.close();
        locals.push([name, rows]);
      }
      return [values.sort(([one = ''], [other = '']) => ((one ?? '') < (other ?? '') ? -1 : 1)), locals];
    },
    [SEQUENCE, DATE] as const,
  );
}

/** Ids of what a bundle "since the last sync" would carry: the app's changes after its own note, through its filter. */
export function packed(page: Page): Promise<string[]> {
  return page.evaluate(
    async ([key, { types, ids, purgeStub }]) => {
      const since = Number(localStorage.getItem(key) ?? 0);
      const { results } = await window.CHTCore.DB.get().changes({ since, include_docs: true });
      return (results as unknown as { id: string; doc: Record<string, unknown> }[])
        .filter(({ id, doc }) => {
          if (Object.keys(doc).sort().join() === purgeStub.join() || id.startsWith('_design/')) return false;
          return (
            !(types as readonly unknown[]).includes(doc['type']) && !(ids as readonly string[]).includes(id)
          );
        })
        .map(({ id }) => id)
        .sort();
    },
    [SEQUENCE, STAYS_ON_PHONE] as const,
  );
}

/** The checkpoints of the app's replications: its name, how far they came, and in which session. */
interface Checkpoint {
  readonly _id: string;
  readonly last_seq: unknown;
  readonly session_id: unknown;
}

/** Those that lie on the phone for a person. */
export function checkpointsOnPhone(page: Page, user: string): Promise<Checkpoint[]> {
  return page.evaluate(async (name) => {
    const database = await new Promise<IDBDatabase>((resolve, reject) => {
      const opening = indexedDB.open(`_pouch_medic-user-${name}`);
      opening.onsuccess = () => resolve(opening.result);
      opening.onerror = () => reject(new Error('cannot open it'));
    });
    const rows = await new Promise<{ _id: string }[]>((resolve, reject) => {
      const all = database.transaction('local-store').objectStore('local-store').getAll();
      all.onsuccess = () => resolve(all.result as { _id: string }[]);
      all.onerror = () => reject(new Error('cannot read it'));
    });
    database.close();
    const docs = await Promise.all(rows.map(({ _id }) => window.CHTCore.DB.get().get(_id)));
    return docs.filter((doc) => 'session_id' in doc) as unknown as Checkpoint[];
  }, user);
}

/** The same ones as the server has them, each as it answers it. */
export async function checkpointsOnServer(
  practice: PracticeServer,
  user: string,
  names: readonly string[],
): Promise<unknown[]> {
  const { password } = signInAs(practice, user);
  const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  const asked = names.map((name) => fetch(`${practice.url}/medic/${name}`, { headers: { authorization } }));
  return Promise.all(asked.map(async (answer) => (await answer).json() as Promise<unknown>));
}
