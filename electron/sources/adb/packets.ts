/** The packets between a computer and a phone's debugging daemon (Android's `protocol.txt`): 24 bytes, then data. */

const named = (name: string): number => Buffer.from(name).readUInt32LE(0);

export const COMMANDS = {
  /** I am here. */
  connect: named('CNXN'),
  /** Who are you? Signed; or a new key. */
  auth: named('AUTH'),
  open: named('OPEN'),
  /** Ready for more. */
  okay: named('OKAY'),
  write: named('WRTE'),
  close: named('CLSE'),
} as const;

/** What `auth` carries. */
export const AUTH = { token: 1, signature: 2, publicKey: 3 } as const;

export const HEAD_BYTES = 24;
/** Phones since Android 9 take so much at once; older ones say less. */
export const LARGEST = 256 * 1024;
const VERSION = 0x01000000;

export interface Packet {
  readonly command: number;
  readonly a: number;
  readonly b: number;
  readonly data: Uint8Array;
}

export interface Head {
  readonly command: number;
  readonly a: number;
  readonly b: number;
  readonly length: number;
}

/** The first packet. Without features: the oldest forms of all services, which every phone speaks. */
export const HELLO: Packet = {
  command: COMMANDS.connect,
  a: VERSION,
  b: LARGEST,
  data: Buffer.from('host::\0'),
};

export function headOf({ command, a, b, data }: Packet): Buffer {
  const head = Buffer.alloc(HEAD_BYTES);
  const sum = data.reduce((total, byte) => total + byte, 0);
  for (const [at, value] of [command, a, b, data.length, sum, command ^ 0xffffffff].entries()) {
    head.writeUInt32LE(value >>> 0, at * 4);
  }
  return head;
}

/** `null` for what is no head: the rest of something that was broken off before. */
export function readHead(bytes: Uint8Array): Head | null {
  if (bytes.length !== HEAD_BYTES) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const at = (word: number) => view.getUint32(word * 4, true);
  const command = at(0);
  if (at(5) !== (command ^ 0xffffffff) >>> 0 || at(3) > LARGEST) return null;
  return { command, a: at(1), b: at(2), length: at(3) };
}
