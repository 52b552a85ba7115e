/** Small rules: what is remembered, how values and times are written, the list of jobs. */
import { beforeEach, describe, expect, test } from 'vitest';
import { createJobStore } from '../../renderer/hooks/jobs.ts';
import { sound } from '../../renderer/hooks/preferences.ts';
import { createFormat, localeFor, relativeParts } from '../../renderer/hooks/use-format.ts';
import { blobOf } from '../../renderer/components/pictures.tsx';
import { isPicture } from '../../shared/pictures.ts';
import { reasonText } from '../../renderer/components/reason.ts';
import { endWords } from '../../renderer/components/results.ts';
import { fieldsOf, isTechnical, pathText, valueText } from '../../renderer/components/values.ts';
import { openWords } from '../../renderer/i18n.ts';
import type { Job } from '../../shared/contract.ts';
import { GONE_REASON, REFUSAL_REASONS, WAIT_REASONS } from '../../shared/refusals.ts';
import { reasonInWords } from '../../shared/words/index.ts';
import { CLASSES } from '../../shared/review.ts';
import { pending, scriptedClient } from './client.ts';

const { t } = openWords('en');
const format = createFormat('en-GB', () => Date.UTC(2026, 10, 22, 12));

describe('what is remembered', () => {
  test.each([[null], ['x'], [7], [{ place: 'moon', look: 3, filters: 'all', batchSort: { by: 'x' } }]])(
    '%j is not believed',
    (stored) => expect(sound(stored)).toEqual(sound(null)),
  );
  test('each field counts by itself', () => {
    const kept = sound({
      place: 'outbox',
      letterKeys: false,
      filters: {
        classes: ['new', 'gone', 4],
        states: ['held'],
        from: '2026-01-31',
        to: 'soon',
        form: 'anc',
        unusual: 'undated',
        user: 'chw1',
      },
      batchSort: { by: 'user', descending: true },
    });
    expect(kept.place).toBe('outbox');
    expect(kept.letterKeys).toBe(false);
    expect(kept.filters).toEqual({
      classes: ['new'],
      accepted: false,
      states: ['held'],
      form: 'anc',
      withPhoto: false,
      unusual: 'undated',
      user: '',
      device: '',
      kinds: [],
      decision: '',
      from: '2026-01-31',
      to: '',
    });
    expect(kept.batchSort).toEqual({ by: 'user', descending: true });
  });
});

describe('values', () => {
  test.each([
    [undefined, 'not there'],
    [null, 'empty'],
    ['', 'empty'],
    [true, 'yes'],
    [1234.5, '1,234.5'],
    ['<img src=x onerror=alert(1)>', '<img src=x onerror=alert(1)>'],
    [['a'], '[\n  "a"\n]'],
  ])('%j is %j', (value, text) => expect(valueText(t, format, ['fields', 'x'], value)).toBe(text));

  test('a moment is written as a date only where the name says that it is one', () => {
    expect(valueText(t, format, ['reported_date'], 1_760_000_000_000)).toMatch(/2025/);
    expect(valueText(t, format, ['fields', 'phone'], 1_760_000_000_000)).toBe('1,760,000,000,000');
  });
  test('the wrapper that every report has is not read out', () => {
    expect(pathText(['fields', 'danger_signs', 0])).toBe('danger signs › 1');
    expect(pathText(['fields'])).toBe('fields');
  });
  test('the app’s own fields are told apart from answers', () => {
    expect(isTechnical(['fields', 'inputs', 'contact'])).toBe(true);
    expect(isTechnical(['parent', '_id'])).toBe(true);
    expect(isTechnical(['reported_date'])).toBe(true);
    expect(isTechnical(['fields', 'reported_date'])).toBe(false);
    expect(isTechnical(['fields', 'patient_name'])).toBe(false);
  });
  test('the fields of a whole document', () => {
    expect(fieldsOf({ _id: 'x', name: 'A', fields: { weight: 3, list: [1] } })).toEqual([
      { path: ['name'], after: 'A' },
      { path: ['fields', 'weight'], after: 3 },
      { path: ['fields', 'list'], after: [1] },
    ]);
  });
});

describe('pictures', () => {
  test('are drawn only where nothing in them can run', () => {
    expect(isPicture('image/PNG')).toBe(true);
    expect(isPicture('image/jpeg; charset=binary')).toBe(true);
    expect(isPicture('image/svg+xml')).toBe(false);
    expect(isPicture('text/html')).toBe(false);
  });
  test('keep their bytes', async () => {
    const bytes = new Uint8Array(await blobOf(btoa('\u00ff\u0000A'), 'image/png').arrayBuffer());
    expect([...bytes]).toEqual([255, 0, 65]);
  });
});

describe('times and sizes', () => {
  test.each([
    [-30_000, [-30, 'second']],
    [-7_200_000, [-2, 'hour']],
    [-86_400_000 * 3, [-3, 'day']],
    [-86_400_000 * 800, [-2, 'year']],
  ])('%s ms', (distance, parts) => expect(relativeParts(distance)).toEqual(parts));

  test('are written by the language', () => {
    expect(format.ago('2026-11-22T10:00:00Z')).toBe('2 hours ago');
    expect(format.bytes(0)).toBe('0 bytes');
    expect(format.bytes(1_234_567)).toBe('1.2 MB');
    expect(format.seconds(40)).toBe('40 seconds');
    expect(format.seconds(125)).toBe('2 minutes');
    expect(format.moment('not a date')).toBe('not a date');
  });
  test('the region of the computer is used where it speaks the language', () => {
    expect(localeFor('en', ['fr-SN', 'en-KE'])).toBe('en-KE');
    expect(localeFor('fr', ['en-KE'])).toBe('fr');
    expect(localeFor('en', ['en-US@posix', 'en-UG'])).toBe('en-UG');
    expect(localeFor('en', ['en-US@posix'])).toBe('en');
  });
});

describe('jobs', () => {
  const job = (change: Partial<Job>): Job => ({
    job: 'j',
    kind: 'upload',
    step: 'send',
    done: 0,
    total: 10,
    unit: 'documents',
    counts: {},
    subject: '',
    startedAt: '',
    end: null,
    ...change,
  });
  let ends: Job[] = [];
  beforeEach(() => (ends = []));

  test('an event counts more than a list that was asked for before it', async () => {
    const list = pending<{ jobs: Job[] }>();
    const client = scriptedClient({ 'jobs.list': () => list.promise });
    const store = createJobStore(client);
    client.tell('job', job({ done: 7 }));
    list.resolve({ jobs: [job({ done: 2 })] });
    await expect.poll(() => store.all().map((one) => one.done)).toEqual([7]);
  });

  test('an ended job does not run again, and its end is told once', async () => {
    const client = scriptedClient({ 'jobs.list': () => ({ jobs: [] }) });
    const store = createJobStore(client);
    store.onEnd((one) => ends.push(one));
    client.tell('job', job({ done: 9 }));
    client.tell('job', job({ end: { kind: 'stopped' } }));
    client.tell('job', job({ done: 10 }));
    client.tell('job', job({ end: { kind: 'stopped' } }));
    expect(ends).toHaveLength(1);
    expect(store.all().map((one) => one.end?.kind)).toEqual(['stopped']);
  });

  test('a job that ran when the station went away is not shown for ever', async () => {
    const client = scriptedClient({ 'jobs.list': () => ({ jobs: [] }) });
    const store = createJobStore(client);
    client.tell('job', job({}));
    await store.refresh();
    expect(store.all()).toEqual([]);
  });
});

test('every class has its words', () => {
  for (const one of CLASSES) expect(t(`class.${one}.count`, { count: 2 })).toMatch(/^2 \w/);
});

describe('a reason', () => {
  test.each(['en', 'fr'] as const)(
    'of the station has words in %s, the server’s own stays as it is',
    (language) => {
      const words = openWords(language);
      for (const reason of [...REFUSAL_REASONS, ...WAIT_REASONS, GONE_REASON])
        expect(reasonText(words.t, words, reason)).toMatch(/^\p{Lu}.* .*\.$/u);
      expect(reasonText(words.t, words, 'no-history')).not.toBe('no-history');
      expect(reasonText(words.t, words, 'validate: bad doc')).toBe('validate: bad doc');
      expect(reasonText(words.t, words, null)).toBeNull();
    },
  );
  test('is not the same in both languages', () => {
    for (const reason of REFUSAL_REASONS)
      expect(reasonInWords(reason, 'fr')).not.toBe(reasonInWords(reason, 'en'));
  });
});

describe('the end of a dry run, and of an upload by a station account', () => {
  const dryRun = {
    toSend: { records: 148, refused: 0, overruled: 0 },
    others: [] as { user: string | null; records: number }[],
    refused: 0,
    foreseen: 0,
    lifted: 0,
    notTold: [] as string[],
  };
  const compared = (change: Partial<typeof dryRun>, checked = 148) =>
    endWords(t, { kind: 'dry-run', checked, hidden: 0, dryRun: { ...dryRun, ...change } }, format);
  test('names what the server will not take, and never claims more than was looked at', () => {
    expect(compared({ refused: 40, toSend: { records: 148, refused: 40, overruled: 0 } })).toEqual({
      tone: 'warning',
      text: '148 records ready to send were checked, nothing sent. The server would refuse 40 of them.',
      more: 'The reasons are under Refused.',
    });
    expect(compared({})).toMatchObject({ tone: 'good' });
    expect(compared({ lifted: 2 }).more).toContain('2 that were refused before can be sent now.');
    const nothing = { records: 0, refused: 0, overruled: 0 };
    expect(compared({ toSend: nothing, notTold: ['chw9'] }, 0)).toMatchObject({
      tone: 'warning',
      text: 'Nothing is approved, so nothing would be sent.',
    });
    expect(compared({ toSend: nothing, others: [{ user: 'chw2', records: 2 }] }, 0)).toEqual({
      tone: 'plain',
      text: 'None of your records are ready to send, so nothing would be sent.',
      more: '2 records of chw2 are still to be sent.',
    });
    // What goes although it would be refused stands under Ready to send, not under Refused.
    expect(compared({ refused: 1, toSend: { records: 8, refused: 0, overruled: 1 } }, 8)).toEqual({
      tone: 'warning',
      text: '8 records ready to send were checked, nothing sent.',
      more: '1 goes although the server would refuse it: it was approved anyway.',
    });
    // What would not be sent is counted apart.
    expect(compared({ toSend: { records: 8, refused: 0, overruled: 0 }, refused: 1 }, 9).more).toBe(
      '1 record that would not be sent now was checked too. The server would refuse 1 of these. The reasons are under Refused.',
    );
    expect(compared({ toSend: nothing, notTold: ['chw9'] }, 0).more).toContain('chw9');
  });
  test('says what was not sent', () => {
    const upload = {
      upload: 'u',
      user: 'sup',
      account: true,
      way: 'station',
      startedAt: '',
      endedAt: '',
      outcome: 'done',
      error: null,
      sent: 2,
      accepted: 2,
      already: 0,
      totals: { refused: 1_500, failed: 0, lapsed: 0, waiting: 1 },
      refused: [],
      failed: [],
      lapsed: [],
      waiting: [{ id: 'a', rev: '1-a', reason: 'needs-held' }],
      bytes: 1,
      seconds: 1,
    } as const;
    const asked = { foreseen: 1, notTold: [''] };
    const words = endWords(t, { kind: 'uploaded', upload, others: [], asked }, format);
    expect(words.tone).toBe('warning');
    expect(words.text).toBe('2 accepted, 1,500 refused, 1 waits for another record');
    expect(words.more).toContain('1 was not sent: the health worker could not have sent it,');
    expect(words.more).toContain('owner is unknown');
  });
});
