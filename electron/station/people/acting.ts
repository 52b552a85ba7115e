/**
 * For whom the station is working at this moment. What a person asked for, and every job that it started, is done in that
 * person's name to its end, whoever sits down at the desk meanwhile; everything else the station does by itself.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { STATION } from '../../../shared/people.ts';

const acting = new AsyncLocalStorage<string>();

/** In whose name something that happens now is written down. */
export function whoActs(): string {
  return acting.getStore() ?? STATION;
}

export function actAs<Value>(name: string, work: () => Value): Value {
  return acting.run(name, work);
}

/** What comes from a device or a thread, whoever had it started. */
export function byItself<Value>(work: () => Value): Value {
  return actAs(STATION, work);
}
