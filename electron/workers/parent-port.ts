/** The port to the process that started this one: Electron's for a utility process, Node's for a forked one. */
import { endWithParent } from './end-with-parent.ts';
import type { Port } from './rpc.ts';

/** Electron gives a utility process its port; nothing else does. */
interface ParentPort {
  postMessage(message: unknown): void;
  on(event: 'message', listener: (message: { readonly data: unknown }) => void): unknown;
}

/**
 * The process ends when the one that started it goes away: nobody is left to work for. Of utility processes Chromium sees
 * to that, from a thread of its own (content/child/child_thread_impl.cc, where its channel ends).
 */
export function parentPort(): Port {
  const { parentPort: port } = process as unknown as { readonly parentPort?: ParentPort };
  if (port != null) {
    return {
      postMessage: (message) => port.postMessage(message),
      on: (_event, listener) => port.on('message', ({ data }) => listener(data as never)),
    };
  }
  endWithParent();
  process.on('disconnect', () => process.exit(0));
  return {
    postMessage: (message) => void process.send?.(message),
    on: (_event, listener) => process.on('message', listener as (message: unknown) => void),
  };
}
