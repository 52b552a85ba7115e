/**
 * The window's side of the contract. A **carrier** takes one request and brings one answer: the preload's
 * bridge inside Electron, a WebSocket in browser mode. The **client** turns answers into values or failures
 * and says whether the station can be reached at all.
 */
import type { Answer } from '../shared/answer.ts';
import type { EventName, Events, RequestName, Requests, Station } from '../shared/contract.ts';
import { StationError, isErrorCode } from '../shared/errors.ts';
import { createAgreements, type Agreements } from './agreements.ts';
import type { Carrier, Connection } from './carrier.ts';
import { type Slow, watchForSlow } from './slow.ts';
import { openSocket } from './socket.ts';

export interface Client extends Station {
  connection(): Connection;
  onConnection(listener: (connection: Connection) => void): () => void;
  /** Whether an answer is waited for longer than a person takes for at once. */
  readonly slow: Slow;
  /** What a person is asked for before the station does something. */
  readonly agreements: Agreements;
}

/** What the preload puts on the window. */
interface Bridge {
  ask(name: string, params: unknown): Promise<unknown>;
  on(name: EventName, listener: (value: unknown) => void): unknown;
}

declare global {
  interface Window {
    readonly station?: Bridge;
  }
}

function isAnswer(value: unknown): value is Answer {
  return typeof value === 'object' && value !== null && 'ok' in value && typeof value.ok === 'boolean';
}

/**
 * The value of an answer. A station of another version may name a code that this window does not know:
 * it becomes `internal` with the unknown code as its detail.
 */
export function valueOf(answer: unknown): unknown {
  if (!isAnswer(answer)) throw new StationError('internal', 'no-answer');
  if (answer.ok) return answer.value;
  if (!isErrorCode(answer.code)) throw new StationError('internal', String(answer.code).slice(0, 80));
  throw new StationError(answer.code, answer.detail);
}

/** One listener for each event at the carrier, however many parts of the window listen. */
export function createClient(carrier: Carrier): Client {
  let connection: Connection = 'connecting';
  const connectionListeners = new Set<(connection: Connection) => void>();
  const listeners = { job: new Set(), changed: new Set() } as {
    readonly [Name in EventName]: Set<(event: Events[Name]) => void>;
  };
  carrier.on('job', (value) => listeners.job.forEach((listener) => listener(value as Events['job'])));
  carrier.on('changed', (value) =>
    listeners.changed.forEach((listener) => listener(value as Events['changed'])),
  );
  carrier.onConnection((now) => {
    connection = now;
    for (const listener of connectionListeners) listener(now);
  });
  const slow = watchForSlow();
  const agreements = createAgreements();
  return {
    slow,
    agreements,
    async ask<Name extends RequestName>(name: Name, params: Requests[Name]['input']) {
      const value = await agreements.carry(async (given) =>
        valueOf(await slow.watch(carrier.ask(name, { ...params, ...given }))),
      );
      // The station checked the request; the shape of its answer is the contract's promise.
      return value as Requests[Name]['value'];
    },
    on(name, listener) {
      listeners[name].add(listener);
      return () => void listeners[name].delete(listener);
    },
    connection: () => connection,
    onConnection(listener) {
      connectionListeners.add(listener);
      return () => void connectionListeners.delete(listener);
    },
  };
}

function bridgeCarrier(bridge: Bridge): Carrier {
  return {
    ask: (name, params) => bridge.ask(name, params),
    on: (name, listener) => void bridge.on(name, listener),
    // The main process lives as long as the window does.
    onConnection: (listener) => listener('connected'),
  };
}

/** Where a page of browser mode keeps its key: in this tab alone, also when it is loaded again. */
const KEY = 'station-key';

/** The key of this page. It is told once. @throws Error in the words of the station, where another page has it */
async function keyOfPage(): Promise<string> {
  const kept = sessionStorage.getItem(KEY);
  if (kept !== null) return kept;
  const response = await fetch('/key', { method: 'POST' });
  const said = await response.text();
  if (!response.ok) throw new Error(said);
  sessionStorage.setItem(KEY, said);
  return said;
}

/** Inside Electron the preload's bridge, otherwise the WebSocket of browser mode. @throws Error as `keyOfPage` */
export async function openClient(): Promise<Client> {
  if (window.station !== undefined) return createClient(bridgeCarrier(window.station));
  const address = new URL('/ws', window.location.href);
  address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
  const key = await keyOfPage();
  return createClient(openSocket(() => new WebSocket(address, ['station', key])));
}
