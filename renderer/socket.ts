/**
 * Browser mode's carrier: `{id, name, params}` out, `{id, answer}` and `{event, value}` in. It connects
 * again by itself, later and later up to five seconds. What was asked before the first connection waits;
 * what was asked and not answered when the connection broke is lost, since nobody knows if it was done.
 */
import type { EventName } from '../shared/contract.ts';
import { StationLost, type Carrier, type Connection } from './carrier.ts';

/** The part of a WebSocket that is used; tests bring their own. */
export interface Socket {
  readonly readyState: number;
  send(text: string): void;
  addEventListener(name: 'open' | 'close', listener: () => void): void;
  addEventListener(name: 'message', listener: (event: { readonly data: unknown }) => void): void;
}

interface Waiting {
  readonly text: string;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: Error) => void;
}

const OPEN = 1;
const LONGEST_PAUSE = 5_000;

export function openSocket(
  connect: () => Socket,
  later: (work: () => void, milliseconds: number) => void = (work, pause) => void setTimeout(work, pause),
): Carrier {
  const waiting = new Map<number, Waiting>();
  const listeners = new Map<EventName, (value: unknown) => void>();
  const connectionListeners: ((connection: Connection) => void)[] = [];
  let connection: Connection = 'connecting';
  let next = 1;
  let pause = 250;
  let socket: Socket;

  const tell = (now: Connection) => {
    if (connection === now) return;
    connection = now;
    for (const listener of connectionListeners) listener(now);
  };

  const receive = (data: unknown) => {
    if (typeof data !== 'string') return;
    const message: unknown = JSON.parse(data);
    if (typeof message !== 'object' || message === null) return;
    if ('id' in message && typeof message.id === 'number' && 'answer' in message) {
      waiting.get(message.id)?.resolve(message.answer);
      waiting.delete(message.id);
    } else if ('event' in message && 'value' in message) {
      listeners.get(message.event as EventName)?.(message.value);
    }
  };

  const open = () => {
    socket = connect();
    socket.addEventListener('open', () => {
      pause = 250;
      tell('connected');
      for (const question of waiting.values()) socket.send(question.text);
    });
    socket.addEventListener('message', (event) => receive(event.data));
    socket.addEventListener('close', () => {
      if (connection === 'connected') {
        for (const question of waiting.values()) question.reject(new StationLost());
        waiting.clear();
        tell('lost');
      }
      later(open, pause);
      pause = Math.min(pause * 2, LONGEST_PAUSE);
    });
  };
  open();

  return {
    ask(name, params) {
      if (connection === 'lost') return Promise.reject(new StationLost());
      return new Promise((resolve, reject) => {
        const id = next++;
        const text = JSON.stringify({ id, name, params });
        waiting.set(id, { text, resolve, reject });
        if (socket.readyState === OPEN) socket.send(text);
      });
    },
    on: (name, listener) => void listeners.set(name, listener),
    onConnection(listener) {
      connectionListeners.push(listener);
      if (connection !== 'connecting') listener(connection);
    },
  };
}
