/**
 * What a real CHT server answered, request by request, held against the practice server, and against a real one with
 * CHT_URL, CHT_ADMIN and CHT_ADMIN_PASSWORD (`npm run test:server`). exchanges/README.md says how to read them. One after the
 * other and in their order: later requests go on from what earlier ones made.
 */
import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { PracticeServer } from '../../electron/practice/server.ts';
import { startPracticeServer } from '../../electron/practice/server.ts';
import type { Exchange, ExchangeList, Written } from './exchanges/exchange.ts';
import { isObject } from './exchanges/exchange.ts';
import { Player } from './exchanges/player.ts';
import { comparable } from './exchanges/write-down.ts';

// Single requests to a real server took up to 13 s while its views caught up (docs/cht-exchanges.md §7).
vi.setConfig({ testTimeout: 480_000, hookTimeout: 480_000 });

const read = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`exchanges/${name}`, import.meta.url), 'utf8'));
const list = read('exchanges.json') as ExchangeList;
const { answers } = read('answers-5.2.0.json') as { answers: Record<string, Written> };
const { CHT_URL, CHT_ADMIN = 'admin', CHT_ADMIN_PASSWORD = '' } = process.env;

let practice: PracticeServer | undefined;
let player: Player;

beforeAll(async () => {
  if (CHT_URL) {
    const admin = { user: CHT_ADMIN, password: CHT_ADMIN_PASSWORD };
    const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
    player = new Player(list, { url: CHT_URL, admin, pause });
    return;
  }
  let ahead = 0;
  const server = await startPracticeServer({ clock: () => Date.now() + ahead });
  practice = server;
  player = new Player(list, {
    url: server.url,
    admin: server.admin,
    async pause(ms) {
      ahead += ms;
      await server.sentinel.settle();
    },
    settle: () => server.sentinel.settle(),
  });
});
afterAll(async () => {
  if (practice) await practice.close();
  else await player?.cleanUp();
});

/** What cannot be told from here, in whole or in part, each with its reason: exchanges/not-told-here.json. */
const NOT_TOLD_HERE = read('not-told-here.json') as Record<
  string,
  { what: 'order' | 'made-files'; why: string }
>;
const isNotTold = (name: string, what: string) => NOT_TOLD_HERE[name]?.what === what;
/** Of these the practice server's answer, compared to the letter, differs. */
const differing = new Set<string>();

function withoutMadeFiles(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(withoutMadeFiles);
  if (!isObject(node)) return node;
  return Object.fromEntries(
    Object.entries(node).map(([name, value]) => {
      if (!['form.html', 'model.xml'].includes(name) || !isObject(value))
        return [name, withoutMadeFiles(value)];
      const { data, digest, ...rest } = value;
      return [name, { ...rest, hasBytes: data !== undefined, hasDigest: digest !== undefined }];
    }),
  );
}

function eased(name: string, written: Written): Written {
  const { body } = written;
  if (isNotTold(name, 'order') && Array.isArray(body)) {
    const id = (row: unknown) => String(isObject(row) ? row.id : row);
    return { ...written, body: body.toSorted((a, b) => (id(a) < id(b) ? -1 : 1)) };
  }
  if (practice && isNotTold(name, 'made-files')) return { ...written, body: withoutMadeFiles(body) };
  return written;
}

function table(exchanges: readonly Exchange[]): void {
  for (const exchange of exchanges) {
    const { name, why = '', method, path, as = 'nobody' } = exchange;
    test(`${name}: ${why}`, async () => {
      const right = answers[name];
      if (right === undefined) throw new Error(`no answer was recorded to ${name}`);
      const given = await player.play(exchange);
      if (!isDeepStrictEqual(given, comparable(right))) differing.add(name);
      expect(eased(name, given), `${method} ${path} as ${as}`).toEqual(eased(name, comparable(right)));
    });
  }
}

const groupOf = ({ name }: Exchange) => name.split('/')[0] ?? '';
const groups = Map.groupBy(list.exchanges, groupOf);

describe('what cannot be told from here', () => {
  const rows = Object.entries(NOT_TOLD_HERE);
  test('is at most five of all exchanges, each with its reason', () => {
    expect(rows.length).toBeLessThanOrEqual(5);
    for (const [name, { why }] of rows) {
      expect(list.exchanges.map((exchange) => exchange.name)).toContain(name);
      expect(why, name).toMatch(/^[A-Z].{20,}\.$/);
    }
  });
});

describe('the list', () => {
  test('every exchange has an answer, every answer an exchange, and each group stands together', () => {
    const names = [...list.setUp, ...list.exchanges].map(({ name }) => name);
    expect(names.toSorted()).toEqual(Object.keys(answers).toSorted());
    expect([...groups.values()].flat()).toEqual(list.exchanges);
  });
});
for (const [group, exchanges] of [['set-up', list.setUp] as const, ...groups]) {
  describe(group, () => {
    table(exchanges);
  });
}

test.runIf(CHT_URL === undefined)(
  'to the letter the practice server differs in what is listed, and in nothing else',
  () => {
    expect([...differing].toSorted()).toEqual(Object.keys(NOT_TOLD_HERE).toSorted());
  },
);
