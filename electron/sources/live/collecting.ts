/**
 * Memory of bytes that are held only for a moment. It is not V8's own: V8 lets some 64 MB of it come together before it
 * collects, in each process. Where a large body passes in small parts, those that have passed are collected on the way.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Bytes that may have passed since the last time. Collecting only what is young takes a millisecond. */
const EVERY = 2 * 1024 * 1024;

type Collect = (options: { readonly type: 'minor' }) => void;

let since = 0;
let collect: Collect | null = null;

/** So many bytes came in a buffer that nobody holds any more, or soon. */
export function passed(bytes: number): void {
  since += bytes;
  if (since < EVERY) return;
  since = 0;
  collect ??= collector();
  collect({ type: 'minor' });
}

/** V8 gives it to a context that begins while the flag is set: to no other, so that nothing else of the program has it. */
function collector(): Collect {
  setFlagsFromString('--expose-gc');
  const found: unknown = runInNewContext('typeof gc === "function" ? gc : null');
  setFlagsFromString('--no-expose-gc');
  return typeof found === 'function' ? (found as Collect) : () => {};
}
