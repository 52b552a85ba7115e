/**
 * Files that a person drops on the window or chooses in it. They go to the station in parts, in order, and
 * become a source there. The window reads a part at a time, so a file may be larger than its memory.
 */
import { createContext, useContext, useSyncExternalStore } from 'react';
import type { Client } from '../station.ts';

/** One part before base64; the station takes 1.5 million characters of it. */
export const PART_BYTES = 1024 * 1024;
/** More than this is a wrong folder rather than a stick. */
export const MOST_FILES = 200;

export type TransferState =
  | { readonly kind: 'waiting' }
  | { readonly kind: 'sending' }
  | { readonly kind: 'done'; readonly source: string }
  | { readonly kind: 'failed'; readonly failure: unknown };

export interface Transfer {
  readonly key: number;
  readonly name: string;
  readonly bytes: number;
  readonly sent: number;
  readonly state: TransferState;
}

export interface TransferStore {
  all(): readonly Transfer[];
  subscribe(listener: () => void): () => void;
  add(files: readonly File[]): void;
  /** Stops one that is being sent, or takes a failed one off the list. */
  drop(key: number): void;
}

/** The base64 of a part, without the `data:` prefix. */
function base64Of(part: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => {
      const address = typeof reader.result === 'string' ? reader.result : '';
      resolve(address.slice(address.indexOf(',') + 1));
    };
    reader.onerror = () => reject(reader.error ?? new Error('the file cannot be read'));
    reader.readAsDataURL(part);
  });
}

/** Sends one file; `goesOn` says before each part whether it is still wanted. */
export async function sendFile(
  client: Pick<Client, 'ask'>,
  file: File,
  progress: (sent: number) => void,
  goesOn: () => boolean,
): Promise<string | null> {
  const { transfer } = await client.ask('transfer.begin', { name: file.name, bytes: file.size });
  try {
    for (let offset = 0; offset < file.size; offset += PART_BYTES) {
      if (!goesOn()) {
        await client.ask('transfer.cancel', { transfer });
        return null;
      }
      const data = await base64Of(file.slice(offset, offset + PART_BYTES));
      await client.ask('transfer.part', { transfer, offset, data });
      progress(Math.min(offset + PART_BYTES, file.size));
    }
    return (await client.ask('transfer.end', { transfer })).source;
  } catch (failure) {
    // The station frees what it holds of the file; if it is gone itself, so is that.
    await client.ask('transfer.cancel', { transfer }).catch(() => undefined);
    throw failure;
  }
}

/** A file on its way lives in this page only. Electron asks by itself, and would not close at all with this. */
function askBeforeLeaving(event: BeforeUnloadEvent): void {
  if (window.station === undefined) event.preventDefault();
}

export function createTransferStore(client: Client): TransferStore {
  let transfers: readonly Transfer[] = [];
  let next = 1;
  let sending = false;
  const listeners = new Set<() => void>();
  const queue: { readonly key: number; readonly file: File }[] = [];

  const set = (change: (old: readonly Transfer[]) => readonly Transfer[]) => {
    transfers = change(transfers);
    for (const listener of listeners) listener();
  };
  const update = (key: number, change: Partial<Transfer>) =>
    set((old) => old.map((transfer) => (transfer.key === key ? { ...transfer, ...change } : transfer)));
  const isWanted = (key: number) => transfers.some((transfer) => transfer.key === key);

  const work = async () => {
    if (sending) return;
    sending = true;
    window.addEventListener('beforeunload', askBeforeLeaving);
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) {
      const { key, file } = item;
      if (!isWanted(key)) continue;
      update(key, { state: { kind: 'sending' } });
      try {
        const source = await sendFile(
          client,
          file,
          (sent) => update(key, { sent }),
          () => isWanted(key),
        );
        if (source !== null) update(key, { state: { kind: 'done', source } });
      } catch (failure) {
        update(key, { state: { kind: 'failed', failure } });
      }
    }
    sending = false;
    window.removeEventListener('beforeunload', askBeforeLeaving);
    // What became a source has its own card from here on.
    set((old) => old.filter((transfer) => transfer.state.kind !== 'done'));
  };

  return {
    all: () => transfers,
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    add(files) {
      const added = files.map((file) => ({ key: next++, file }));
      queue.push(...added);
      set((old) => [
        ...old,
        ...added.map(({ key, file }) => ({
          key,
          name: file.name,
          bytes: file.size,
          sent: 0,
          state: { kind: 'waiting' } as const,
        })),
      ]);
      void work();
    },
    drop: (key) => set((old) => old.filter((transfer) => transfer.key !== key)),
  };
}

const TransfersContext = createContext<TransferStore | null>(null);
export const TransfersProvider = TransfersContext.Provider;

export function useTransferStore(): TransferStore {
  const store = useContext(TransfersContext);
  if (store === null) throw new Error('no transfers above this part');
  return store;
}

export function useTransfers(): readonly Transfer[] {
  const store = useTransferStore();
  return useSyncExternalStore(store.subscribe, store.all);
}
