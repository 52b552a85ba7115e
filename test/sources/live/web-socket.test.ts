/** The client's end of a WebSocket over real sockets: against the library's server, and against servers that break the rules. */
import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { afterEach, expect, test } from 'vitest';
import { WebSocketServer, type WebSocket } from 'ws';
import { WebSocketClient, type Outgoing } from '../../../electron/sources/live/web-socket.ts';
import { soon } from '../../support/soon.ts';

const MOST = 1_000_000;

const toClose: (() => void)[] = [];
afterEach(() => {
  for (const close of toClose.splice(0)) close();
});

interface Client {
  readonly client: WebSocketClient;
  readonly stream: Duplex;
  /** Messages, and why it ended; what came of a message that is not whole stands nowhere. */
  readonly heard: string[];
  readonly ended: Promise<void>;
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  toClose.push(() => void server.close());
  return (server.address() as AddressInfo).port;
}

async function open(
  port: number,
  over: (socket: Socket) => Duplex = (socket) => socket,
  signal = new AbortController().signal,
  onPiece: (client: WebSocketClient | null) => void = () => {},
): Promise<Client> {
  const stream = over(connect(port, '127.0.0.1'));
  toClose.push(() => void stream.destroy());
  const heard: string[] = [];
  const ended = Promise.withResolvers<void>();
  let pieces: Buffer[] = [];
  let made: WebSocketClient | null = null;
  const of = { most: MOST, signal };
  const client = await WebSocketClient.open(stream, '/devtools/page/P1', of, {
    piece: (piece) => {
      pieces.push(Buffer.from(piece));
      onPiece(made);
    },
    message: () => {
      heard.push(Buffer.concat(pieces).toString());
      pieces = [];
    },
    end: (error) => {
      heard.push(`end: ${error.message}`);
      ended.resolve();
    },
  });
  made = client;
  return { client, stream, heard, ended: ended.promise };
}

/** The library's server. */
async function library(): Promise<{ port: number; socket: Promise<WebSocket>; heard: string[] }> {
  const server = createServer();
  const sockets = new WebSocketServer({ server, maxPayload: 300_000_000 });
  const heard: string[] = [];
  const socket = new Promise<WebSocket>((resolve) => {
    sockets.once('connection', (found) => {
      found.on('message', (data: Buffer, isBinary) => heard.push(isBinary ? 'binary' : data.toString()));
      found.on('pong', (data) => heard.push(`pong: ${data.toString()}`));
      found.on('close', (code) => heard.push(`close: ${code}`));
      found.on('error', (error) => heard.push(`error: ${error.message}`));
      toClose.push(() => found.terminate());
      resolve(found);
    });
  });
  return { port: await listen(server), socket, heard };
}

/** A server that says what it is told to, right behind its answer to the handshake, and then ends the stream. */
async function saying(bytes: Buffer, accept: (key: string) => string = accepted): Promise<number> {
  const server = createServer();
  server.on('upgrade', (asked, socket: Socket) => {
    socket.on('error', () => {});
    const key = accept(asked.headers['sec-websocket-key'] ?? '');
    const head = `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${key}\r\n\r\n`;
    socket.end(Buffer.concat([Buffer.from(head), bytes]));
  });
  return listen(server);
}

function accepted(key: string): string {
  return createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
}

/** A frame as RFC 6455 draws it. */
function frame(first: number, body: Buffer | string, { masked = 0, form = 0 } = {}): Buffer {
  const bytes = Buffer.from(body);
  const size = form || (bytes.length <= 125 ? 7 : bytes.length <= 0xffff ? 16 : 64);
  const head = Buffer.alloc(size === 7 ? 2 : size === 16 ? 4 : 10);
  head[0] = first;
  head[1] = masked | (size === 7 ? bytes.length : size === 16 ? 126 : 127);
  if (size === 16) head.writeUInt16BE(bytes.length, 2);
  if (size === 64) head.writeBigUInt64BE(BigInt(bytes.length), 2);
  return Buffer.concat([head, masked ? Buffer.alloc(4) : Buffer.alloc(0), bytes]);
}

const text = (said: string): Buffer => frame(0x81, said);

/** Hands over every byte for itself. */
function byteByByte(socket: Socket): Duplex {
  const stream = new Duplex({
    read() {},
    write: (part: Buffer, _encoding, done) => void socket.write(part, done),
    destroy: (error, done) => {
      socket.destroy();
      done(error);
    },
  });
  socket.on('data', (part: Buffer) => {
    for (const byte of part) stream.push(Buffer.of(byte));
  });
  socket.on('end', () => stream.push(null));
  return stream;
}

/** Around the borders of the three ways in which a length is written. */
const LENGTHS = [0, 1, 125, 126, 127, 128, 65_535, 65_536, 65_537, 300_000];

test('texts of every length go and come whole, in their order, given whole or in pieces', async () => {
  const server = await library();
  const { client, heard } = await open(server.port);
  const socket = await server.socket;
  const wanted = LENGTHS.map((length) => 'aé'.repeat(length).slice(0, length));
  // A second later than what is written whole, unless they wait for each other.
  const slowly = async function* (bytes: Buffer): AsyncGenerator<Uint8Array> {
    for (let from = 0; from < bytes.length; from += 50_000) {
      await new Promise((resolve) => void setImmediate(resolve));
      yield bytes.subarray(from, from + 50_000);
    }
  };
  const sent = wanted.flatMap((said) => {
    const bytes = Buffer.from(said);
    return [client.send({ bytes: bytes.length, pieces: slowly(bytes) }), client.send(said)];
  });
  await Promise.all(sent);
  await soon(() => server.heard.length).toBe(2 * wanted.length);
  expect(server.heard.every((said, at) => said === wanted[Math.floor(at / 2)])).toBe(true);
  for (const said of wanted) socket.send(said);
  await soon(() => heard.length).toBe(wanted.length);
  expect(heard.every((said, at) => said === wanted[at])).toBe(true);
});

test.each([byteByByte, (socket: Socket) => socket])(
  'a message in fragments is one, with pings within and at every cut',
  async (over) => {
    const said = Buffer.concat([
      text('first'),
      frame(0x01, 'a'.repeat(200)),
      frame(0x89, 'ping'),
      frame(0x00, ''),
      frame(0x00, 'é'.repeat(40_000), { form: 64 }),
      frame(0x8a, 'a pong that nobody asked for'),
      frame(0x80, 'c', { form: 16 }),
      text(''),
      text('last'),
      frame(0x88, ''),
      text('after the close'),
    ]);
    const { heard, ended } = await open(await saying(said), over);
    await ended;
    const joined = `${'a'.repeat(200)}${'é'.repeat(40_000)}c`;
    expect(heard.map((one) => (one === joined ? 'joined' : one))).toEqual([
      'first',
      'joined',
      '',
      'last',
      'end: the other end closed',
    ]);
  },
);

test.each([
  ['a masked frame', frame(0x81, 'x', { masked: 0x80 }), 'this is no WebSocket'],
  ['the first bit kept for others', frame(0xc1, 'x'), 'this is no WebSocket'],
  ['the second bit kept for others', frame(0xa1, 'x'), 'this is no WebSocket'],
  ['the third bit kept for others', frame(0x91, 'x'), 'this is no WebSocket'],
  ['a kind of data that there is not', frame(0x83, 'x'), 'this is no WebSocket'],
  ['a kind of control that there is not', frame(0x8b, 'x'), 'this is no WebSocket'],
  ['bytes in place of a text', frame(0x82, 'x'), 'this is no WebSocket'],
  ['the rest of nothing', frame(0x80, 'x'), 'this is no WebSocket'],
  [
    'a beginning within a message',
    Buffer.concat([frame(0x01, 'x'), frame(0x81, 'y')]),
    'this is no WebSocket',
  ],
  ['a ping that is too long', frame(0x89, 'x'.repeat(126)), 'this is no WebSocket'],
  ['a close that is too long', frame(0x88, 'x'.repeat(126)), 'this is no WebSocket'],
  ['a ping in fragments', frame(0x09, 'x'), 'this is no WebSocket'],
  ['a message that is too long', frame(0x81, 'x'.repeat(MOST + 1)), 'a message is too long'],
  [
    'a message that is too long in its fragments together',
    Buffer.concat([frame(0x01, 'x'.repeat(MOST)), frame(0x80, 'x')]),
    'a message is too long',
  ],
  [
    'a length that no number is exact for',
    Buffer.from('817fffffffffffffffff', 'hex'),
    'a message is too long',
  ],
  ['the end within a head', Buffer.from('817f0000', 'hex'), 'the stream ended'],
  ['the end within a message', frame(0x81, 'xyz').subarray(0, 4), 'the stream ended'],
  ['the end between fragments', frame(0x01, 'x'), 'the stream ended'],
  ['a close within a message', Buffer.concat([frame(0x01, 'x'), frame(0x88, '')]), 'the other end closed'],
])('%s ends the connection, and nothing that comes behind is heard', async (_what, bytes, reason) => {
  const isCut = reason === 'the stream ended';
  const said = Buffer.concat([text('before'), bytes, isCut ? Buffer.alloc(0) : text('after')]);
  const { client, stream, heard, ended } = await open(await saying(said));
  await ended;
  await soon(() => stream.closed).toBe(true);
  expect(heard).toEqual(['before', `end: ${reason}`]);
  await expect(client.send('x')).rejects.toThrow('the stream ended');
});

test('the longest message passes, and the next one is counted for itself', async () => {
  const longest = 'x'.repeat(MOST);
  const said = Buffer.concat([
    text(longest),
    frame(0x01, longest.slice(1)),
    frame(0x89, 'a ping is no part of it'),
    frame(0x80, 'x'),
    frame(0x88, ''),
  ]);
  const { heard, ended } = await open(await saying(said));
  await ended;
  expect(heard.map(({ length }) => length)).toEqual([MOST, MOST, 'end: the other end closed'.length]);
});

test('a listener that ends the connection hears nothing more of it', async () => {
  const { heard, ended } = await open(
    await saying(Buffer.concat([text('a'), text('b')])),
    undefined,
    undefined,
    (client) => client?.terminate(),
  );
  await ended;
  expect(heard).toEqual(['end: terminated']);
});

test('a ping is answered with what it says, never within a message, and of many the last one', async () => {
  const server = await library();
  const { client, heard } = await open(server.port);
  const socket = await server.socket;
  socket.ping('one');
  await soon(() => server.heard).toEqual(['pong: one']);
  const half = Promise.withResolvers<void>();
  const pieces = async function* (): AsyncGenerator<Uint8Array> {
    yield Buffer.from('a');
    await half.promise;
    yield Buffer.from('b');
  };
  const sent = client.send({ bytes: 2, pieces: pieces() });
  for (let count = 0; count < 500; count += 1) socket.ping(`ping ${count}`);
  // It has come by then: what follows a ping is heard after it.
  socket.send('behind the pings');
  await soon(() => heard).toEqual(['behind the pings']);
  expect(server.heard).toEqual(['pong: one']);
  half.resolve();
  await sent;
  socket.send('more');
  await soon(() => server.heard).toEqual(['pong: one', 'ab', 'pong: ping 499']);
  socket.ping('again');
  await soon(() => server.heard.at(-1)).toBe('pong: again');
});

test('pieces are asked for only as quickly as the other end takes them', async () => {
  const server = await library();
  const { client, stream } = await open(server.port);
  const socket = await server.socket;
  socket.pause();
  const piece = Buffer.alloc(1024 * 1024, 'a');
  let given = 0;
  const pieces = function* (): Generator<Uint8Array> {
    for (; given < 128; given += 1) yield piece;
  };
  const sent = client.send({ bytes: 128 * piece.length, pieces: pieces() });
  await soon(() => stream.writableNeedDrain && given > 1).toBe(true);
  expect(stream.writableLength).toBeLessThan(2 * piece.length);
  expect(given).toBeLessThan(128);
  socket.resume();
  await sent;
  await soon(() => server.heard.map(({ length }) => length)).toEqual([128 * piece.length]);
});

const failing = function* (): Generator<Uint8Array> {
  yield Buffer.from('a');
  throw new Error('the disk is gone');
};

test.each<[string, Outgoing, string]>([
  ['shorter than said', { bytes: 3, pieces: [Buffer.from('ab')] }, 'not as long as it was said to be'],
  ['longer than said', { bytes: 1, pieces: [Buffer.from('ab')] }, 'not as long as it was said to be'],
  ['broken off where it comes from', { bytes: 3, pieces: failing() }, 'the disk is gone'],
])('a message %s ends the connection: the other end never has it', async (_what, message, reason) => {
  const server = await library();
  const { client, heard, ended } = await open(server.port);
  const [sent, next] = [client.send(message), client.send('the next one')];
  await expect(sent).rejects.toThrow(reason);
  await expect(next).rejects.toThrow('the stream ended');
  await ended;
  expect(heard).toEqual([`end: ${reason}`]);
  await soon(() => server.heard.at(-1)).toMatch(/^(?:close|error)/);
  expect(server.heard.filter((one) => !/^(?:close|error)/.test(one))).toEqual([]);
});

test.each<[string, string | Outgoing]>([
  ['in pieces', { bytes: 64 * MOST, pieces: Array<Buffer>(64).fill(Buffer.alloc(MOST, 'a')) }],
  ['whole', 'a'.repeat(64 * MOST)],
])('a message on its way %s fails when the other end goes, and so does what waits', async (_how, message) => {
  const server = await library();
  const { client, stream, heard, ended } = await open(server.port);
  const socket = await server.socket;
  socket.pause();
  const both = Promise.allSettled([client.send(message), client.send('x')]);
  await soon(() => stream.writableNeedDrain).toBe(true);
  socket.terminate();
  expect((await both).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  await ended;
  expect(heard).toHaveLength(1);
});

test('what is no WebSocket is none', async () => {
  const other = await saying(Buffer.alloc(0), () => 'another key');
  await expect(open(other)).rejects.toThrow('this is no WebSocket');
  const page = await listen(createServer((_asked, answer) => void answer.writeHead(404).end('no such page')));
  await expect(open(page)).rejects.toThrow('no WebSocket: 404');
  const silent = await listen(createServer().on('upgrade', () => {}));
  const stop = new AbortController();
  const opening = open(silent, undefined, stop.signal);
  stop.abort();
  await expect(opening).rejects.toThrow(/abort/i);
});
