/** The log on disk: one line an event, never more than two files of about a fixed size. */
import { appendFileSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { renameNow } from '../disk/own-disk-now.ts';

/** Bytes of `station.log` before it becomes `station.1.log` and the one before that is let go. */
const LOG_BYTES = 1_000_000;
const LINE_CHARACTERS = 2_000;

export interface LogFile {
  (line: string): void;
}

/**
 * Opens `station.log` in the folder. Writing is synchronous, so that the last line before a crash is kept;
 * a log that cannot be written is not a reason to stop.
 */
export function openLog(folder: string, clock: () => number, maxBytes = LOG_BYTES): LogFile {
  const file = join(folder, 'station.log');
  try {
    mkdirSync(folder, { recursive: true });
  } catch {
    // As below.
  }
  let bytes = sizeOf(file);
  /** Where the next file begins; later where Windows did not give this one away (somebody reads it). */
  let full = maxBytes;
  const begin = (): void => {
    try {
      renameNow(file, join(folder, 'station.1.log'));
      bytes = 0;
      full = maxBytes;
    } catch {
      full = bytes + maxBytes / 4;
    }
  };
  return (line) => {
    const text = line.replaceAll(/\s*[\r\n]+\s*/g, ' | ').slice(0, LINE_CHARACTERS);
    const entry = `${new Date(clock()).toISOString()} ${text}\n`;
    const length = Buffer.byteLength(entry);
    try {
      if (bytes > 0 && bytes + length > full) begin();
      appendFileSync(file, entry, { mode: 0o600 });
      bytes += length;
    } catch {
      // The disk is full or the folder is gone: the station itself will say so where it matters.
    }
  };
}

function sizeOf(file: string): number {
  try {
    return statSync(file).size;
  } catch {
    return 0;
  }
}
