/** An upload waits while the computer saves its battery, unless the person sends anyway. */
import type { Power } from '../../station-api.ts';
import type { Gate } from '../../upload/gate.ts';

/** Follows the battery until the returned function is called. */
export function pauseToSavePower(power: Power | undefined, gate: Gate): () => void {
  if (power === undefined) return () => {};
  const look = (): void => gate.set('power', power.saving());
  const stop = power.onChange(look);
  look();
  return stop;
}
