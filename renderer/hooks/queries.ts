/**
 * A **question** that is asked again whenever its answer may be out of date. One request is under way at a
 * time, so an older answer can never replace a newer one; what comes up meanwhile is asked once afterwards.
 */
import type { Events, RequestName, Requests } from '../../shared/contract.ts';
import type { Client } from '../station.ts';

export type Topic = Events['changed']['what'][number];

/** Many changes come in a burst (a job that takes 9,000 records): they are gathered this long. */
const GATHER = 150;

export interface Question {
  again(): void;
  stop(): void;
}

export interface Heard<Value> {
  asking(): void;
  answered(value: Value): void;
  failed(failure: unknown): void;
}

export function keepAsking<Name extends RequestName>(
  client: Client,
  name: Name,
  params: Requests[Name]['input'],
  topics: readonly Topic[],
  heard: Heard<Requests[Name]['value']>,
): Question {
  let stopped = false;
  let underWay = false;
  let outOfDate = false;
  let gathering: ReturnType<typeof setTimeout> | undefined;

  const ask = async () => {
    if (stopped) return;
    if (underWay) {
      outOfDate = true;
      return;
    }
    underWay = true;
    outOfDate = false;
    heard.asking();
    try {
      const value = await client.ask(name, params);
      if (!stopped) heard.answered(value);
    } catch (failure) {
      if (!stopped) heard.failed(failure);
    }
    underWay = false;
    if (outOfDate) void ask();
  };

  const soon = () => {
    gathering ??= setTimeout(() => {
      gathering = undefined;
      void ask();
    }, GATHER);
  };

  const offChanged = client.on('changed', ({ what }) => {
    if (what.some((topic) => topics.includes(topic))) soon();
  });
  const offConnection = client.onConnection((connection) => {
    if (connection === 'connected') soon();
  });
  void ask();

  return {
    again: () => void ask(),
    stop() {
      stopped = true;
      clearTimeout(gathering);
      offChanged();
      offConnection();
    },
  };
}
