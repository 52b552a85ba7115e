/** A WebSocket by hand: a client that keeps none of the rules which a browser keeps. */
import { randomBytes } from 'node:crypto';
import { request } from 'node:http';
import type { Socket } from 'node:net';

/** Opens one. @throws Error with the status where it is refused */
export function rawSocket(
  origin: string,
  headers: Readonly<Record<string, string>>,
  key: string,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const asked = request(`${origin}/ws`, {
      headers: {
        ...headers,
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': randomBytes(16).toString('base64'),
        'sec-websocket-protocol': `station, ${key}`,
      },
    });
    asked.once('upgrade', (_response, socket: Socket) => {
      socket.on('error', () => undefined);
      resolve(socket);
    });
    asked.once('response', (response) => reject(new Error(String(response.statusCode))));
    asked.once('error', reject).end();
  });
}

/** One message of up to 65,535 bytes, as a client sends it. */
export function textFrame(text: string): Buffer {
  const bytes = Buffer.from(text);
  const mask = randomBytes(4);
  const head = bytes.length < 126 ? Buffer.from([0x81, 0x80 | bytes.length]) : Buffer.alloc(4);
  if (bytes.length >= 126) {
    head.set([0x81, 0x80 | 126]);
    head.writeUInt16BE(bytes.length, 2);
  }
  return Buffer.concat([head, mask, bytes.map((byte, at) => byte ^ (mask[at % 4] ?? 0))]);
}
