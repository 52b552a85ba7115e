/** From the bytes of one record to its JSON value, within bounds that are kept before any object is made. */
import { isAscii, isUtf8 } from 'node:buffer';
import type { ErrorCode } from '../../../shared/errors.ts';
import type { Limits } from '../../../shared/limits.ts';
import type { RecordFrame } from './frame.ts';
import { lift, Lifted, listed } from './lifted.ts';
import { changesNumbers } from './long-numbers.ts';
import { parseEscapedKeys } from './parse-escaped-keys.ts';

export type Parsed =
  | { readonly kind: 'value'; readonly value: unknown; readonly text: string; readonly lifted: Lifted }
  | { readonly kind: 'problem'; readonly code: ErrorCode };

/**
 * Parses a record of bounded size, depth and number of values. `text` is what was parsed, with tokens where something
 * was lifted (only where `mayLift` is set).
 */
export function parseRecord(frame: RecordFrame, limits: Limits, mayLift: boolean): Parsed {
  // One more for the row around a document.
  if (frame.depth > limits.depth + 1) return { kind: 'problem', code: 'too-deep' };
  const lifted = new Lifted();
  const { pieces, left } = mayLift ? lift(frame, lifted) : { pieces: [], left: listed(frame) };
  if (frame.values + left > limits.recordValues) return { kind: 'problem', code: 'too-many-values' };
  const text = textWith(frame.bytes, pieces);
  if (text === undefined) return { kind: 'problem', code: 'bad-utf8' };
  // Anything but an object or a list is never a record. There may be millions of them, and throwing each error is slow.
  if (frame.depth === 0 && !SCALAR.test(text)) return { kind: 'problem', code: 'not-json' };
  try {
    const value: unknown = JSON.parse(text);
    if (frame.longNumber && changesNumbers(text)) return { kind: 'problem', code: 'number-not-exact' };
    return { kind: 'value', value: frame.escapedKey ? parseEscapedKeys(text) : value, text, lifted };
  } catch {
    return { kind: 'problem', code: 'not-json' };
  }
}

const SCALAR = /^(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|"[^\n]*")\s*$/;

/** The bytes as text; `undefined` if they are not UTF-8. */
export function textOf(bytes: Buffer): string | undefined {
  if (isAscii(bytes)) return bytes.toString('latin1');
  return isUtf8(bytes) ? bytes.toString('utf8') : undefined;
}

function textWith(
  bytes: Buffer,
  pieces: readonly { readonly from: number; readonly to: number; readonly text: string }[],
): string | undefined {
  let text = '';
  let done = 0;
  for (const piece of pieces) {
    const before = textOf(bytes.subarray(done, piece.from));
    if (before === undefined) return undefined;
    text += before + piece.text;
    done = piece.to;
  }
  const rest = textOf(bytes.subarray(done));
  return rest === undefined ? undefined : text + rest;
}
