/** The first version of ADB's service for files (`adb/file_sync_protocol.h`): STAT, LIST, RECV. Android 5 has no other. */
import { createReadStream, lstatSync, readdirSync } from 'node:fs';
import { join, normalize } from 'node:path';
import { Duplex } from 'node:stream';

const PIECE = 64 * 1024;

export function syncService(root: string): Duplex {
  let input = Buffer.alloc(0);
  let wake: (() => void) | null = null;
  const state = { isOver: false };
  const stream = new Duplex({
    read() {},
    write(chunk: Buffer, _encoding, done) {
      input = Buffer.concat([input, chunk]);
      wake?.();
      done();
    },
    final(done) {
      state.isOver = true;
      wake?.();
      done();
    },
    destroy(error, done) {
      state.isOver = true;
      wake?.();
      done(error);
    },
  });
  const take = async (count: number): Promise<Buffer | null> => {
    while (input.length < count && !state.isOver) await new Promise<void>((resolve) => (wake = resolve));
    if (input.length < count) return null;
    const taken = input.subarray(0, count);
    input = input.subarray(count);
    return taken;
  };
  void serve(stream, take, (path) => join(root, normalize(`/${path}`))).catch(() => stream.destroy());
  return stream;
}

async function serve(
  stream: Duplex,
  take: (count: number) => Promise<Buffer | null>,
  at: (path: string) => string,
): Promise<void> {
  for (;;) {
    const head = await take(8);
    if (head === null) return;
    const path = (await take(head.readUInt32LE(4)))?.toString() ?? '';
    switch (head.toString('latin1', 0, 4)) {
      case 'STAT':
        stream.push(Buffer.concat([Buffer.from('STAT'), statOf(at(path))]));
        break;
      case 'LIST':
        for (const name of namesIn(at(path))) {
          const bytes = Buffer.from(name);
          stream.push(
            Buffer.concat([Buffer.from('DENT'), statOf(join(at(path), name)), number(bytes.length), bytes]),
          );
        }
        stream.push(Buffer.concat([Buffer.from('DONE'), Buffer.alloc(16)]));
        break;
      case 'RECV':
        await send(stream, at(path));
        break;
      case 'QUIT':
        stream.push(null);
        return;
      default:
        stream.push(failure('unknown command'));
    }
  }
}

async function send(stream: Duplex, path: string): Promise<void> {
  try {
    for await (const part of createReadStream(path, { highWaterMark: PIECE })) {
      const bytes = part as Buffer;
      const isFull = !stream.push(Buffer.concat([Buffer.from('DATA'), number(bytes.length), bytes]));
      if (isFull) await new Promise((resolve) => setImmediate(resolve));
    }
    stream.push(Buffer.concat([Buffer.from('DONE'), number(0)]));
  } catch (error) {
    stream.push(failure(error instanceof Error ? error.message : String(error)));
  }
}

function failure(words: string): Buffer {
  const bytes = Buffer.from(words);
  return Buffer.concat([Buffer.from('FAIL'), number(bytes.length), bytes]);
}

function namesIn(folder: string): string[] {
  try {
    return ['.', '..', ...readdirSync(folder)];
  } catch {
    return [];
  }
}

/** Mode, size and time; all zero where there is nothing. */
function statOf(path: string): Buffer {
  try {
    const { mode, size, mtimeMs } = lstatSync(path);
    return Buffer.concat([number(mode), number(size), number(Math.floor(mtimeMs / 1000))]);
  } catch {
    return Buffer.alloc(12);
  }
}

function number(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value >>> 0);
  return bytes;
}
