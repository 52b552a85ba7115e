/** The station over a WebSocket: `{id, name, params}` in, `{id, answer}` and `{event, value}` out. */
import * as v from 'valibot';
import { WebSocketServer, type WebSocket } from 'ws';
import type { OpenStation } from '../station-api.ts';
import { PROTOCOL } from './session.ts';
import { forwardEvents } from '../host/forward-events.ts';

/** The largest request is a decision with a long list of ids, or a merged record. */
export const LARGEST_REQUEST = 16 * 1024 * 1024;
/** A page that reads this much slower than the station tells is cut off; it connects again and asks anew. */
const LARGEST_BACKLOG = 32 * 1024 * 1024;
const PING_EVERY = 30_000;
const GOODBYE = 500;

const REQUEST = v.object({
  id: v.pipe(v.number(), v.safeInteger()),
  name: v.unknown(),
  params: v.optional(v.unknown()),
});

export interface StationSockets {
  /** For `handleUpgrade`, after the caller has checked who is asking. */
  readonly server: WebSocketServer;
  /** Sends every page away, and goes on. */
  end(): void;
  close(): void;
}

/** Connects every socket that the server accepts with the station. */
export function openSockets(station: Pick<OpenStation, 'ask' | 'on'>): StationSockets {
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: LARGEST_REQUEST,
    perMessageDeflate: false,
    // Its key is none that is said back.
    handleProtocols: () => PROTOCOL,
  });
  const alive = new WeakSet<WebSocket>();
  server.on('connection', (socket) => {
    alive.add(socket);
    socket.on('pong', () => alive.add(socket));
    // The library closes the socket by itself; without a listener a too long message would end the process.
    socket.on('error', () => undefined);
    socket.on('message', (data, isBinary) => {
      // Whoever was sent away is not heard any more, also where it does not hang up.
      if (socket.readyState !== socket.OPEN) return;
      // A message that is text comes in one piece.
      const request = isBinary || !Buffer.isBuffer(data) ? null : readRequest(data.toString());
      if (request === null) {
        socket.close(1008, 'not a request');
        return;
      }
      void station.ask(request.name, request.params).then((answer) => {
        if (socket.readyState === socket.OPEN) socket.send(JSON.stringify({ id: request.id, answer }));
      });
    });
  });
  const stopEvents = forwardEvents(station, (event, value) => {
    const text = JSON.stringify({ event, value });
    for (const socket of server.clients) {
      if (socket.bufferedAmount > LARGEST_BACKLOG) socket.terminate();
      else if (socket.readyState === socket.OPEN) socket.send(text);
    }
  });
  const pings = setInterval(() => {
    for (const socket of server.clients) {
      if (alive.delete(socket)) socket.ping();
      else socket.terminate();
    }
  }, PING_EVERY);
  return {
    server,
    end: () => {
      for (const socket of server.clients) socket.close(1008, 'nobody was there');
    },
    close: () => {
      clearInterval(pings);
      stopEvents();
      for (const socket of server.clients) socket.close(1001, 'the station was stopped');
      server.close();
      // A page that does not answer the goodbye must not hold the station.
      setTimeout(() => server.clients.forEach((socket) => socket.terminate()), GOODBYE).unref();
    },
  };
}

function readRequest(text: string): v.InferOutput<typeof REQUEST> | null {
  try {
    return v.parse(REQUEST, JSON.parse(text));
  } catch {
    return null;
  }
}
