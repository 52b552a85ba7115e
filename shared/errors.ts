/**
 * Every failure the station can name. The list is closed: the keys of `words/en/errors.json`, where each has
 * one plain sentence and one thing the person can do about it. The cause (a system error, a server's answer)
 * goes to the log, never to the screen, because it may carry paths or names.
 */
import ERRORS from './words/en/errors.json' with { type: 'json' };

export type ErrorCode = keyof typeof ERRORS;

/** A failure with a code of the closed list; `cause` is for the log only. */
export class StationError extends Error {
  readonly code: ErrorCode;
  /** A value that helps (a number of seconds, a limit); never a name, a path or a field value. */
  readonly detail: string | undefined;

  constructor(code: ErrorCode, detail?: string, cause?: unknown) {
    super(`${code}: ${ERRORS[code].sentence}`, cause === undefined ? undefined : { cause });
    this.name = 'StationError';
    this.code = code;
    this.detail = detail;
  }
}

export const ERROR_CODES = Object.keys(ERRORS) as readonly ErrorCode[];

export function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === 'string' && Object.hasOwn(ERRORS, value);
}
