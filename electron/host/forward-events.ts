/** Everything the station tells by itself, to be passed on by a carrier. */
import type { EventName } from '../../shared/contract.ts';
import type { OpenStation } from '../station-api.ts';

/** A table, because a missing event is then a type error. */
const EVERY_EVENT: Readonly<Record<EventName, true>> = { job: true, changed: true };

/** Calls `send` for each event of the station; the returned function stops that. */
export function forwardEvents(
  station: Pick<OpenStation, 'on'>,
  send: (name: EventName, value: unknown) => void,
): () => void {
  const stops = (Object.keys(EVERY_EVENT) as EventName[]).map((name) =>
    station.on(name, (value) => send(name, value)),
  );
  return () => {
    for (const stop of stops) stop();
  };
}
