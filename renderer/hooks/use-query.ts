/** React's side of a question: its newest answer, and whether it is being asked again. */
import { createContext, useContext, useEffect, useRef, useState } from 'react';
import type { RequestName, Requests } from '../../shared/contract.ts';
import type { Client } from '../station.ts';
import { StationLost } from '../carrier.ts';
import { keepAsking, type Question, type Topic } from './queries.ts';

const ClientContext = createContext<Client | null>(null);
export const ClientProvider = ClientContext.Provider;

export function useClient(): Client {
  const client = useContext(ClientContext);
  if (client === null) throw new Error('no client above this part');
  return client;
}

export interface Asked<Value> {
  /** The newest answer; it may belong to the parameters before these ones, see `current`. */
  readonly value: Value | undefined;
  /** The value answers the parameters that are asked for now. */
  readonly current: boolean;
  readonly failure: unknown;
  readonly asking: boolean;
  readonly again: () => void;
}

interface State<Value> {
  readonly key: string | null;
  readonly value: Value | undefined;
  readonly failure: unknown;
  readonly asking: boolean;
}

/**
 * Asks, and asks again when the station says that one of `topics` changed or the connection is back.
 * `params` null: nothing to ask now. While new parameters are being asked the old answer stays, so that a
 * list does not flicker when a filter is typed.
 */
export function useQuery<Name extends RequestName>(
  name: Name,
  params: Requests[Name]['input'] | null,
  topics: readonly Topic[],
): Asked<Requests[Name]['value']> {
  const client = useClient();
  const key = params === null ? null : JSON.stringify([name, params]);
  const [state, setState] = useState<State<Requests[Name]['value']>>({
    key: null,
    value: undefined,
    failure: undefined,
    asking: key !== null,
  });
  const question = useRef<Question | null>(null);
  const latest = useRef({ params, topics });
  latest.current = { params, topics };

  useEffect(() => {
    const { params: now, topics: about } = latest.current;
    if (key === null || now === null) {
      setState({ key: null, value: undefined, failure: undefined, asking: false });
      return;
    }
    question.current = keepAsking(client, name, now, about, {
      asking: () => setState((old) => ({ ...old, asking: true })),
      answered: (value) => setState({ key, value, failure: undefined, asking: false }),
      failed: (failure) =>
        setState((old) =>
          // A lost connection has its own banner, and what was shown stays on the screen.
          failure instanceof StationLost
            ? { ...old, asking: true }
            : { key, value: old.key === key ? old.value : undefined, failure, asking: false },
        ),
    });
    return () => {
      question.current?.stop();
      question.current = null;
    };
  }, [client, name, key]);

  return {
    value: key === null ? undefined : state.value,
    current: state.key === key,
    failure: state.key === key ? state.failure : undefined,
    asking: state.asking || state.key !== key,
    again: () => question.current?.again(),
  };
}
