import { useEffect, useReducer } from 'react';

/** Draws again from time to time, so that "2 minutes ago" does not stand still. */
export function useTick(milliseconds: number): void {
  const [, draw] = useReducer((count: number) => count + 1, 0);
  useEffect(() => {
    const timer = setInterval(draw, milliseconds);
    return () => clearInterval(timer);
  }, [milliseconds]);
}
