/** A client for tests of small pieces: answers come from a table, events from the test. */
import type { EventName, Events, RequestName } from '../../shared/contract.ts';
import { createAgreements } from '../../renderer/agreements.ts';
import type { Connection } from '../../renderer/carrier.ts';
import { watchForSlow } from '../../renderer/slow.ts';
import type { Client } from '../../renderer/station.ts';

export interface ScriptedClient extends Client {
  readonly asked: { readonly name: RequestName; readonly params: unknown }[];
  tell<Name extends EventName>(name: Name, event: Events[Name]): void;
  connect(connection: Connection): void;
}

export type Script = Partial<Record<RequestName, (params: unknown) => unknown>>;

export function scriptedClient(script: Script): ScriptedClient {
  const asked: { name: RequestName; params: unknown }[] = [];
  const listeners: { name: EventName; listener: (event: never) => void }[] = [];
  const connectionListeners = new Set<(connection: Connection) => void>();
  let connection: Connection = 'connected';
  return {
    slow: watchForSlow(),
    agreements: createAgreements(),
    asked,
    async ask(name, params) {
      asked.push({ name, params });
      const answer = script[name];
      if (answer === undefined) throw new Error(`nothing scripted for ${name}`);
      return (await answer(params)) as never;
    },
    on(name, listener) {
      const entry = { name, listener: listener as (event: never) => void };
      listeners.push(entry);
      return () => void listeners.splice(listeners.indexOf(entry), 1);
    },
    tell(name, event) {
      for (const entry of listeners.slice()) if (entry.name === name) entry.listener(event as never);
    },
    connection: () => connection,
    onConnection(listener) {
      connectionListeners.add(listener);
      return () => void connectionListeners.delete(listener);
    },
    connect(now) {
      connection = now;
      for (const listener of connectionListeners) listener(now);
    },
  };
}

/** A promise that the test settles. */
export function pending<Value>() {
  let resolve: (value: Value) => void = () => undefined;
  let reject: (error: Error) => void = () => undefined;
  const promise = new Promise<Value>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
