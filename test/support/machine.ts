/** What a computer has and a test plays: a battery, a key store. */
import type { Power, Secrets } from '../../electron/station-api.ts';

/** A battery that a test empties and fills. */
export function fakePower(): Power & { set(saving: boolean): void; readonly listeners: number } {
  let saving = false;
  const listeners = new Set<() => void>();
  return {
    saving: () => saving,
    onChange: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    set(now) {
      saving = now;
      for (const listener of listeners) listener();
    },
    get listeners() {
      return listeners.size;
    },
  };
}

/** A key store that a test can look into; the system's own is Electron's (test/desktop/secrets.test.ts). */
export function memorySecrets(): Secrets & { readonly kept: Map<string, string>; may: boolean } {
  const kept = new Map<string, string>();
  const store = {
    kept,
    may: true,
    mayKeep: async () =>
      store.may ? ({ kind: 'yes' } as const) : ({ kind: 'no', why: 'no-keyring' } as const),
    keep: async (name: string, secret: string) => void kept.set(name, secret),
    read: async (name: string) => kept.get(name) ?? null,
    forget: async (name: string) => void kept.delete(name),
  };
  return store;
}
