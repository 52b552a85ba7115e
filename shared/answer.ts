/**
 * One request in, one answer out: the same for every carrier (the window's IPC, the loopback WebSocket,
 * the command line, tests). A failure crosses as a code, because carriers keep only an error's message.
 */
import { safeParse } from 'valibot';
import { CHECKS, type RequestName, type Requests } from './contract.ts';
import { StationError, type ErrorCode } from './errors.ts';
import { mayAsk, mayAskSo, type Asker } from './permissions.ts';

export type Answer =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly code: ErrorCode; readonly detail?: string };

export type Handlers = {
  readonly [Name in RequestName]: (
    params: Requests[Name]['params'],
  ) => Promise<Requests[Name]['value']> | Requests[Name]['value'];
};

export function isRequestName(name: unknown): name is RequestName {
  return typeof name === 'string' && Object.hasOwn(CHECKS, name);
}

/**
 * Checks one request and calls its handler. Never throws.
 * `log` gets the cause of an unexpected failure; it must not write names or field values.
 */
export async function answer(
  handlers: Handlers,
  asker: Asker,
  name: unknown,
  params: unknown,
  log: (code: ErrorCode, request: string, cause: unknown) => void,
): Promise<Answer> {
  if (!isRequestName(name)) return { ok: false, code: 'unknown-request' };
  // Before anything else, so that whoever may not ask learns nothing by asking.
  if (!mayAsk(asker, name))
    return { ok: false, code: asker.state === 'in' ? 'not-allowed' : 'sign-in-needed' };
  const checked = safeParse(CHECKS[name], params ?? {});
  if (!checked.success) return { ok: false, code: 'bad-params' };
  if (!mayAskSo(asker, name, checked.output)) return { ok: false, code: 'not-allowed' };
  try {
    // The check above made the parameters fit this very handler; the table's type cannot say so.
    const handler = handlers[name] as (params: unknown) => unknown;
    return { ok: true, value: await handler(checked.output) };
  } catch (error) {
    if (error instanceof StationError) {
      if (error.cause !== undefined) log(error.code, name, error.cause);
      return error.detail === undefined
        ? { ok: false, code: error.code }
        : { ok: false, code: error.code, detail: error.detail };
    }
    log('internal', name, error);
    return { ok: false, code: 'internal' };
  }
}
