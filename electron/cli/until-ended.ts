/** The ways in which a command that serves is ended. */

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Resolves when somebody ends this program: by Ctrl-C, by a signal, by closing its window (on Windows that is `SIGHUP` too),
 * or because the program that started it is gone. Windows has no signal that one program could send another to be answered:
 * there the cord to the one that started it is all there is.
 */
export function untilEnded(host: NodeJS.Process = process): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      for (const signal of SIGNALS) host.off(signal, end);
      host.off('disconnect', end);
      // A cord that is left would keep this program from ending.
      if (host.connected) host.disconnect?.();
      resolve();
    };
    for (const signal of SIGNALS) host.on(signal, end);
    host.on('disconnect', end);
  });
}
