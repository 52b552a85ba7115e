import { useEffect, useState } from 'react';

/** The value once it has stood still: nobody wants an answer for each letter typed. */
export function useDelayed<Value>(value: Value, milliseconds: number): Value {
  const [still, setStill] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setStill(value), milliseconds);
    return () => clearTimeout(timer);
  }, [value, milliseconds]);
  return still;
}
