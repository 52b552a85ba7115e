/**
 * The one bridge into the window's page: `ask` and `on`, and nothing that Electron gives with them. Built
 * to a single CommonJS file that requires only `electron`, since a sandboxed preload can load nothing else.
 */
import { contextBridge, ipcRenderer } from 'electron';
import type { Answer } from '../shared/answer.ts';

export interface StationBridge {
  /** Resolves also for a refusal: an error would cross as its message only. */
  ask(name: string, params: unknown): Promise<Answer>;
  /** The returned function stops the listening. */
  on(name: string, listener: (value: unknown) => void): () => void;
}

interface Subscription {
  readonly name: string;
  readonly listener: (value: unknown) => void;
}

const subscriptions = new Set<Subscription>();

ipcRenderer.on('event', (_event, name: unknown, value: unknown) => {
  for (const subscription of subscriptions) if (subscription.name === name) subscription.listener(value);
});

const bridge: StationBridge = {
  ask: (name, params) => ipcRenderer.invoke('ask', name, params),
  on: (name, listener) => {
    const subscription = { name, listener };
    subscriptions.add(subscription);
    return () => {
      subscriptions.delete(subscription);
    };
  },
};

contextBridge.exposeInMainWorld('station', bridge);
