/**
 * Calls between two threads or processes over a message port, both ways: a name, one parameter, one answer. A
 * `StationError` arrives as one; any other failure arrives as its message.
 */
import type { MessagePort, Worker } from 'node:worker_threads';
import { isErrorCode, StationError } from '../../shared/errors.ts';

/** What one side offers: each name with what it takes and what it gives. */
export type Calls<Table> = {
  readonly [Name in keyof Table]: { readonly params: unknown; readonly value: unknown };
};

export type CallHandlers<Offered extends Calls<Offered>> = {
  readonly [Name in keyof Offered]: (
    params: Offered[Name]['params'],
  ) => Offered[Name]['value'] | Promise<Offered[Name]['value']>;
};

export type Call<Asked extends Calls<Asked>> = <Name extends keyof Asked & string>(
  name: Name,
  params: Asked[Name]['params'],
) => Promise<Asked[Name]['value']>;

/** What a thread's port, a child process and Electron's own processes have in common. */
export interface Port {
  postMessage(message: unknown): void;
  on(event: 'message', listener: (message: never) => void): unknown;
}

type Message =
  | { readonly kind: 'call'; readonly number: number; readonly name: string; readonly params: unknown }
  | { readonly kind: 'value'; readonly number: number; readonly value: unknown }
  | {
      readonly kind: 'failure';
      readonly number: number;
      readonly code: string | null;
      readonly detail?: string;
      readonly message: string;
    };

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** Starts listening and gives the way to call the other side. `end` fails every call that still waits. */
export function connect<Offered extends Calls<Offered>, Asked extends Calls<Asked>>(
  port: Port | MessagePort | Worker,
  handlers: CallHandlers<Offered>,
): { call: Call<Asked>; end: (reason: StationError) => void } {
  const waiting = new Map<number, Waiting>();
  let last = 0;
  let ended: StationError | null = null;

  const serve = async (message: Extract<Message, { kind: 'call' }>): Promise<void> => {
    const { number, name, params } = message;
    try {
      const handler = (handlers as Record<string, (params: unknown) => unknown>)[name];
      if (handler === undefined) throw new Error(`no such call: ${name}`);
      port.postMessage({ kind: 'value', number, value: await handler(params) } satisfies Message);
    } catch (error) {
      port.postMessage({ kind: 'failure', number, ...failureOf(error) } satisfies Message);
    }
  };

  (port as Port).on('message', (message: Message) => {
    if (message.kind === 'call') {
      void serve(message);
      return;
    }
    const call = waiting.get(message.number);
    waiting.delete(message.number);
    if (message.kind === 'value') call?.resolve(message.value);
    else call?.reject(errorOf(message));
  });

  return {
    call: (name, params) =>
      new Promise((resolve, reject) => {
        if (ended !== null) {
          reject(ended);
          return;
        }
        last += 1;
        waiting.set(last, { resolve: resolve, reject });
        port.postMessage({ kind: 'call', number: last, name, params } satisfies Message);
      }),
    end: (reason) => {
      ended = reason;
      for (const call of waiting.values()) call.reject(reason);
      waiting.clear();
    },
  };
}

function failureOf(error: unknown): { code: string | null; detail?: string; message: string } {
  if (error instanceof StationError) {
    const cause = error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message;
    return {
      code: error.code,
      ...(error.detail === undefined ? {} : { detail: error.detail }),
      message: cause,
    };
  }
  return { code: null, message: error instanceof Error ? (error.stack ?? error.message) : String(error) };
}

function errorOf(failure: Extract<Message, { kind: 'failure' }>): Error {
  const cause = new Error(failure.message);
  return isErrorCode(failure.code) ? new StationError(failure.code, failure.detail, cause) : cause;
}
