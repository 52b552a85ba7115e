/**
 * A failure as the log may hold it. The log must be safe to hand to a stranger, so it gets the failure's
 * kind, its code and the places in the program it went through, and never its message, which may carry a
 * path, a name or a field value.
 */
import { basename } from 'node:path';

/** What may be written of a failure: `TypeError [ERR_X] at main.js:12:3 < ledger.js:40:9`. */
export function describeFailure(failure: unknown): string {
  if (!(failure instanceof Error)) return `thrown ${typeof failure}`;
  const code = 'code' in failure && isPlainWord(failure.code) ? ` [${failure.code}]` : '';
  const name = isPlainWord(failure.name) ? failure.name : 'Error';
  const places = [...(failure.stack ?? '').matchAll(/^\s+at .*?([^\s()]+):(\d+):(\d+)\)?$/gm)]
    .slice(0, 6)
    .map(([, file, line, column]) => `${basename(file ?? '')}:${line}:${column}`);
  const inner = failure.cause === undefined ? '' : `, because of ${describeFailure(failure.cause)}`;
  return `${name}${code}${places.length === 0 ? '' : ` at ${places.join(' < ')}`}${inner}`;
}

/** Error names and codes are words of the program; whatever is not one may have come from data. */
function isPlainWord(value: unknown): value is string {
  return typeof value === 'string' && /^[A-Za-z][\w-]{0,60}$/.test(value);
}
