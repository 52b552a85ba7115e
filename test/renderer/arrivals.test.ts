/** The rules of Arrivals that need no screen: cards, files on their way, the sentence of a result. */
import { describe, expect, test } from 'vitest';
import { createJobStore } from '../../renderer/hooks/jobs.ts';
import { createFormat } from '../../renderer/hooks/use-format.ts';
import { takeAll } from '../../renderer/hooks/intakes.ts';
import { PART_BYTES, createTransferStore, sendFile } from '../../renderer/hooks/file-transfers.ts';
import { remaining, share } from '../../renderer/components/remaining.ts';
import { addUp, endWords, endingOf, takenSentence } from '../../renderer/components/results.ts';
import { bySource, cardsOf, type Card, type CardDump } from '../../renderer/screens/arrivals/cards.ts';
import { chosenOf, takesOf } from '../../renderer/screens/arrivals/import-choices.ts';
import { openWords } from '../../renderer/i18n.ts';
import type { Job } from '../../shared/contract.ts';
import { StationError } from '../../shared/errors.ts';
import type { ImportResult } from '../../shared/intake.ts';
import type { SourceInfo } from '../../shared/sources.ts';
import { scriptedClient } from './client.ts';
import { quiet } from '../support/soon.ts';

const { t } = openWords('en');
const FORMAT = createFormat('en-GB', () => Date.UTC(2026, 10, 22, 12));

function taken(
  change: Partial<ImportResult>,
  documents: Partial<ImportResult['documents']> = {},
): ImportResult {
  return {
    dump: 'd',
    name: 'asha.json',
    format: 'station',
    user: 'asha',
    device: null,
    batch: 'b',
    batches: ['b'],
    documents: { read: 0, new: 0, known: 0, skipped: 0, broken: 0, ...documents },
    came: null,
    attachments: { read: 0, bytes: 0 },
    problems: [],
    problemsTotal: 0,
    outcome: 'taken',
    takenAt: '2026-11-22T08:00:00Z',
    seconds: 1,
    ...change,
  };
}

describe('the result of an intake', () => {
  test.each([
    [[taken({}, { new: 37, known: 5, broken: 3 })], '37 new, 5 already here, 3 unreadable', 'partly'],
    [[taken({}, { new: 30 }), taken({}, { new: 7, known: 2 })], '37 new, 2 already here', 'new'],
    [[taken({ outcome: 'again' }, { known: 42 })], '42 already here', 'nothing'],
    [[taken({}, {})], '0 new', 'nothing'],
    [[taken({}, { new: 1 }), taken({ outcome: 'failed' })], '1 new, 1 file could not be imported', 'partly'],
    [[taken({ outcome: 'failed' }), taken({ outcome: 'failed' })], '2 files could not be imported', 'failed'],
    [[taken({ problemsTotal: 1 }, { new: 9 })], '9 new', 'partly'],
    [[taken({ problemsTotal: 1, outcome: 'again' }, { known: 9 })], '9 already here', 'nothing'],
    [[taken({}, { new: 2, skipped: 1 })], '2 new, 1 left out on purpose', 'new'],
    [
      [
        taken({
          bundle: { number: 12, bytes: 900, matches: true },
          problems: [{ code: 'sealed-bundle', message: '' }],
          problemsTotal: 1,
        }),
      ],
      '1 sealed bundle stored',
      'new',
    ],
  ] as const)('%#', (imports, sentence, ending) => {
    const sum = addUp(imports);
    expect(takenSentence(t, sum)).toBe(sentence);
    expect(endingOf(sum)).toBe(ending);
  });

  test('every way to end has words', () => {
    expect(endWords(t, { kind: 'stopped' }, FORMAT).text).toBe('Stopped.');
    expect(endWords(t, { kind: 'failed', code: 'disk-full' }, FORMAT).text).toBe(
      'The disk of this computer is full.',
    );
    expect(endWords(t, { kind: 'imported', imports: [taken({}, { known: 3 })] }, FORMAT).tone).toBe('plain');
    expect(endWords(t, { kind: 'compared', checked: 2, hidden: 1 }, FORMAT).more).toMatch(
      /hidden from this person/,
    );
  });
});

describe('cards', () => {
  const source = (
    id: string,
    kind: SourceInfo['kind'],
    state: SourceInfo['state'] = { kind: 'ready' },
  ): SourceInfo => ({
    source: id,
    kind,
    name: id,
    state,
    dumps:
      state.kind === 'ready'
        ? [{ file: `${id}.json`, name: `${id}.json`, bytes: 1, modifiedAt: '', format: 'docs', taken: false }]
        : [],
    unusable: [],
    canEject: false,
    inUse: false,
  });

  test('chosen files share one card, what cannot be used keeps its own', () => {
    const cards = cardsOf([
      source('stick', 'drive'),
      source('one', 'file'),
      source('two', 'file'),
      source('bad', 'file', { kind: 'problem', code: 'not-a-dump' }),
    ]);
    expect(cards.map((card) => card.key)).toEqual(['files', 'stick', 'bad']);
    expect(cards[0]?.sources).toEqual(['one', 'two']);
    expect([...bySource(cards[0]?.dumps ?? [])]).toEqual([
      ['one', ['one.json']],
      ['two', ['two.json']],
    ]);
  });
});

describe('what is imported of a card', () => {
  const dump = (name: string, different: Partial<CardDump> = {}): CardDump => ({
    source: 's',
    key: `s ${name}`,
    file: name,
    name,
    bytes: 1,
    modifiedAt: '',
    format: 'docs',
    taken: false,
    ...different,
  });
  const card = (...dumps: CardDump[]): Card => ({
    key: 's',
    kind: 'drive',
    name: 's',
    state: { kind: 'ready' },
    dumps,
    unusable: [],
    canEject: false,
    sources: ['s'],
  });
  const whose = { user: 'chw1', device: 'blue' };

  test('is what is not here yet and was not unticked', () => {
    const all = card(dump('a'), dump('b', { taken: true }), dump('c'));
    expect(chosenOf(all, { left: new Set(['s c']), whose: null }).map(({ name }) => name)).toEqual(['a']);
  });

  test('carries the owner that was entered only where it is one export that may be anybody’s', () => {
    expect(takesOf([dump('a')], whose)).toEqual([{ source: 's', files: ['a'], ...whose }]);
    // Another one came after it was entered, or what is left is one that says it itself.
    expect(takesOf([dump('a'), dump('b')], whose)).toEqual([
      { source: 's', files: ['a', 'b'], user: '', device: '' },
    ]);
    expect(takesOf([dump('a', { format: 'station' })], whose)).toMatchObject([{ user: '' }]);
  });
});

describe('a file on its way', () => {
  const file = (bytes: number, name = 'a.json') => new File([new Uint8Array(bytes).fill(65)], name);

  test('goes in parts, in order, and nothing is lost', async () => {
    const parts: { offset: number; data: string }[] = [];
    const client = scriptedClient({
      'transfer.begin': () => ({ transfer: 'o' }),
      'transfer.part': (part) => void parts.push(part as { offset: number; data: string }),
      'transfer.end': () => ({ source: 's' }),
    });
    const seen: number[] = [];
    const bytes = 2 * PART_BYTES + 7;
    expect(
      await sendFile(
        client,
        file(bytes),
        (sent) => seen.push(sent),
        () => true,
      ),
    ).toBe('s');
    expect(parts.map((part) => part.offset)).toEqual([0, PART_BYTES, 2 * PART_BYTES]);
    expect(parts.map((part) => atob(part.data).length)).toEqual([PART_BYTES, PART_BYTES, 7]);
    // The station refuses parts above 1.5 million characters.
    expect(Math.max(...parts.map((part) => part.data.length))).toBeLessThan(1_500_000);
    expect(seen.at(-1)).toBe(bytes);
  });

  test('an empty file is sent too, so that its sentence is said', async () => {
    const client = scriptedClient({
      'transfer.begin': () => ({ transfer: 'o' }),
      'transfer.end': () => ({ source: 's' }),
    });
    expect(
      await sendFile(
        client,
        file(0),
        () => undefined,
        () => true,
      ),
    ).toBe('s');
  });

  test('stopped: the station is told, and nothing more is sent', async () => {
    const client = scriptedClient({
      'transfer.begin': () => ({ transfer: 'o' }),
      'transfer.cancel': () => ({}),
    });
    expect(
      await sendFile(
        client,
        file(10),
        () => undefined,
        () => false,
      ),
    ).toBeNull();
    expect(client.asked.map((one) => one.name)).toEqual(['transfer.begin', 'transfer.cancel']);
  });

  test('one that fails stays on the list with its reason and does not hold up the next', async () => {
    const client = scriptedClient({
      'transfer.begin': (params) => {
        if ((params as { name: string }).name === 'bad.json') throw new StationError('disk-full');
        return { transfer: 'o' };
      },
      'transfer.part': () => ({}),
      'transfer.end': () => ({ source: 's' }),
    });
    const store = createTransferStore(client);
    store.add([file(5, 'bad.json'), file(5, 'good.json')]);
    await expect
      .poll(() => store.all().map((transfer) => [transfer.name, transfer.state.kind]))
      .toEqual([['bad.json', 'failed']]);
    expect(client.asked.filter((one) => one.name === 'transfer.end')).toHaveLength(1);
  });
});

describe('intakes', () => {
  const job = (id: string, end: Job['end']): Job => ({
    job: id,
    kind: 'intake',
    step: 'read',
    done: 0,
    total: null,
    unit: 'bytes',
    counts: {},
    subject: '',
    startedAt: '',
    end,
  });

  test('of many chosen files are asked for one at a time', async () => {
    let running: string | null = null;
    const order: string[] = [];
    const client = scriptedClient({
      'jobs.list': () => ({ jobs: running === null ? [] : [job(running, null)] }),
      'intake.start': (params) => {
        if (running !== null) throw new StationError('busy');
        running = (params as { source: string }).source;
        order.push(running);
        return { job: running };
      },
    });
    const jobs = createJobStore(client);
    const done = takeAll(client, jobs, [
      { source: 'one', files: ['f'] },
      { source: 'two', files: ['f'] },
    ]);
    await expect.poll(() => order).toEqual(['one']);
    await quiet();
    expect(order).toEqual(['one']);
    running = null;
    client.tell('job', job('one', { kind: 'imported', imports: [] }));
    await expect.poll(() => order).toEqual(['one', 'two']);
    running = null;
    client.tell('job', job('two', { kind: 'imported', imports: [] }));
    await done;
  });
});

describe('progress', () => {
  test.each([
    [5, 10, 50],
    [12, 10, 100],
    [0, 0, 100],
    [3, null, null],
  ])('%s of %s is %s percent', (done, total, percent) => expect(share(done, total)).toBe(percent));

  test('the time left is told only when it can be known', () => {
    expect(remaining({ done: 0, at: 0 }, { done: 50, at: 1_000 }, 100)).toBeNull();
    expect(remaining({ done: 0, at: 0 }, { done: 0, at: 60_000 }, 100)).toBeNull();
    expect(remaining({ done: 0, at: 0 }, { done: 50, at: 10_000 }, null)).toBeNull();
    expect(remaining({ done: 20, at: 0 }, { done: 60, at: 10_000 }, 100)).toBe(10);
  });
});
