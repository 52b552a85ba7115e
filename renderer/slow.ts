/** Whether an answer of the station has been waited for long enough that a person wonders whether anything happens. */

/** Milliseconds. A shorter wait is not felt as one. */
export const SLOW = 300;

export interface Slow {
  /** Waits for an answer with the others. */
  watch<Value>(answer: Promise<Value>): Promise<Value>;
  is(): boolean;
  on(listener: () => void): () => void;
}

/** Each answer is waited for by itself: many quick ones after each other are no long wait. */
export function watchForSlow(): Slow {
  const slow = new Set<object>();
  const listeners = new Set<() => void>();
  const tell = (): void => listeners.forEach((listener) => listener());
  return {
    async watch(answer) {
      const waiting = {};
      const timer = setTimeout(() => {
        slow.add(waiting);
        if (slow.size === 1) tell();
      }, SLOW);
      try {
        return await answer;
      } finally {
        clearTimeout(timer);
        if (slow.delete(waiting) && slow.size === 0) tell();
      }
    },
    is: () => slow.size > 0,
    on(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
