import { describe, expect, test } from 'vitest';
import { openSocket, type Socket } from '../../renderer/socket.ts';
import { StationLost, type Connection } from '../../renderer/carrier.ts';
import { createClient, valueOf } from '../../renderer/station.ts';
import { StationError } from '../../shared/errors.ts';

class FakeSocket implements Socket {
  readyState = 0;
  readonly sent: { id: number; name: string; params: unknown }[] = [];
  readonly #listeners: { name: string; listener: (event: { data: unknown }) => void }[] = [];

  send(text: string): void {
    this.sent.push(JSON.parse(text) as { id: number; name: string; params: unknown });
  }
  addEventListener(name: string, listener: (event: { data: unknown }) => void): void {
    this.#listeners.push({ name, listener });
  }
  fire(name: 'open' | 'close' | 'message', data?: unknown): void {
    if (name !== 'message') this.readyState = name === 'open' ? 1 : 3;
    for (const one of this.#listeners) if (one.name === name) one.listener({ data: JSON.stringify(data) });
  }
}

function open() {
  const sockets: FakeSocket[] = [];
  const pauses: number[] = [];
  const works: (() => void)[] = [];
  const carrier = openSocket(
    () => {
      const socket = new FakeSocket();
      sockets.push(socket);
      return socket;
    },
    (work, pause) => {
      works.push(work);
      pauses.push(pause);
    },
  );
  const states: Connection[] = [];
  carrier.onConnection((state) => states.push(state));
  const last = () => {
    const socket = sockets.at(-1);
    if (socket === undefined) throw new Error('no socket');
    return socket;
  };
  return { carrier, last, states, pauses, again: () => works.shift()?.() };
}

test('what is asked before the first connection waits for it, and answers find their question', async () => {
  const { carrier, last } = open();
  const one = carrier.ask('station.info', {});
  const two = carrier.ask('station.status', {});
  expect(last().sent).toEqual([]);
  last().fire('open');
  expect(last().sent.map((message) => message.name)).toEqual(['station.info', 'station.status']);
  const [first, second] = last().sent;
  last().fire('message', { id: second?.id, answer: { ok: true, value: 2 } });
  last().fire('message', { id: first?.id, answer: { ok: true, value: 1 } });
  expect(await one).toEqual({ ok: true, value: 1 });
  expect(await two).toEqual({ ok: true, value: 2 });
});

test('a broken connection fails what waits, refuses new questions, and comes back by itself', async () => {
  const { carrier, last, states, again } = open();
  last().fire('open');
  const asked = carrier.ask('decide.approve', { batch: 'b' });
  last().fire('close');
  await expect(asked).rejects.toBeInstanceOf(StationLost);
  await expect(carrier.ask('station.info', {})).rejects.toBeInstanceOf(StationLost);
  again();
  last().fire('open');
  // A decision is never sent a second time by itself: nobody knows whether it was done.
  expect(last().sent).toEqual([]);
  expect(states).toEqual(['connected', 'lost', 'connected']);
});

test('it tries again later and later, at most five seconds apart', () => {
  const { last, pauses, again } = open();
  for (let n = 0; n < 8; n += 1) {
    last().fire('close');
    again();
  }
  expect(pauses).toEqual([250, 500, 1000, 2000, 4000, 5000, 5000, 5000]);
});

test('events go to every listener, also after one has gone', () => {
  const { carrier, last } = open();
  const client = createClient(carrier);
  const heard: string[] = [];
  const stop = client.on('changed', ({ what }) => heard.push(`first ${what.join()}`));
  client.on('changed', ({ what }) => heard.push(`second ${what.join()}`));
  last().fire('open');
  last().fire('message', { event: 'changed', value: { what: ['outbox'] } });
  stop();
  last().fire('message', { event: 'changed', value: { what: ['batches'] } });
  expect(heard).toEqual(['first outbox', 'second outbox', 'second batches']);
});

describe('an answer', () => {
  test('becomes its value', () => expect(valueOf({ ok: true, value: [1] })).toEqual([1]));
  test('becomes its failure, with the detail', () => {
    expect(() => valueOf({ ok: false, code: 'too-many-attempts', detail: '30' })).toThrow(
      expect.objectContaining({ code: 'too-many-attempts', detail: '30' }) as Error,
    );
  });
  test.each([[{ ok: false, code: 'from-the-future' }], [{ ok: false }], [null], ['yes']])(
    'that makes no sense (%j) is a failure that has a sentence',
    (answer) => {
      expect(() => valueOf(answer)).toThrow(StationError);
      expect(() => valueOf(answer)).toThrow(expect.objectContaining({ code: 'internal' }) as Error);
    },
  );
});
