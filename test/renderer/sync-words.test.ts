/** What is said of a phone that synchronises: no more than is known. */
import { describe, expect, test } from 'vitest';
import { syncProgress, syncWords } from '../../renderer/components/sync-words.ts';
import { createFormat } from '../../renderer/hooks/use-format.ts';
import { openWords } from '../../renderer/i18n.ts';
import type { Job } from '../../shared/contract.ts';
import { countGoing, type SyncResult } from '../../shared/phone-sync.ts';

const { t } = openWords('en');
const format = createFormat('en-GB', () => Date.UTC(2026, 10, 22, 12));
/** Five past two on this computer's clock. */
const AT = new Date(2026, 10, 22, 14, 5).toISOString();

const NONE = { records: 0, rows: [] };

const ended = (change: Partial<SyncResult> = {}): SyncResult => ({
  user: 'chw1',
  device: 'device-1',
  outcome: 'done',
  error: null,
  plan: {
    digest: 'd',
    counts: countGoing(new Map()),
    asked: [],
    deletions: NONE,
    versions: null,
    asks: false,
  },
  mayAgree: true,
  upload: 'u',
  endedAt: AT,
  sent: 14,
  accepted: 14,
  refused: 0,
  received: 54,
  dropped: 0,
  arrived: NONE,
  compared: true,
  left: 0,
  lacking: 0,
  ...change,
});

describe('the end of a sync', () => {
  test('is one sentence, with the time', () => {
    expect(syncWords(t, ended(), format)).toEqual({
      tone: 'good',
      text: 'The phone sent 14 records and received 54 records. It is up to date as of 14:05.',
    });
  });

  test.each([
    ['what the server refused', { accepted: 12, refused: 2 }, 'The server refused 2 records.'],
    ['what is not proven', { accepted: 13 }, '1 record that was sent is not confirmed yet.'],
    ['what the phone did not give', { left: 1 }, '1 record on the phone is not on the server.'],
    ['what did not arrive', { lacking: 3 }, '3 records of the server are not on the phone.'],
    ['that nobody looked', { compared: false }, 'Whether the phone has everything could not be checked.'],
  ])('says %s, and then not that the phone is up to date', (_what, change, more) => {
    const words = syncWords(t, ended(change), format);
    expect(words).toMatchObject({ tone: 'warning', more });
    expect(words.text).not.toContain('up to date');
  });

  test('says what the phone still lacks: the program of the app', () => {
    const plan = { ...ended().plan, versions: { app: '4.21.0', server: '5.2.0' } };
    expect(syncWords(t, ended({ plan }), format)).toEqual({
      tone: 'good',
      text: 'The phone sent 14 records and received 54 records. It is up to date as of 14:05.',
      more: 'The program of the app on the phone is still 4.21.0, the server has 5.2.0. It only comes by the phone’s own internet.',
    });
    expect(syncWords(t, ended({ plan, left: 1 }), format).more).toMatch(
      /not on the server\. .*still 4\.21\.0/,
    );
  });

  test('says what went before it was cut, and why it was', () => {
    const cut = { outcome: 'cut', error: 'source-gone', compared: false } as const;
    const { tone, text, more } = syncWords(t, ended(cut), format);
    expect([tone, text]).toEqual([
      'warning',
      'The sync ended early. The phone sent 14 records and received 54 records by then; it continues the next time.',
    ]);
    expect(more).not.toContain('could not be checked');
  });
});

test.each([
  [120, 150, 54, 'sent 120 of about 150 · got 54'],
  [0, 0, 1500, 'nothing to send · got 1,500'],
  [0, null, 0, 'nothing to send · got 0'],
])('on its way: %s of %s, %s', (done, total, received, words) => {
  const job: Job = {
    job: 'j',
    kind: 'sync',
    step: 'sync',
    done,
    total,
    unit: 'documents',
    counts: { received },
    subject: 'chw1',
    startedAt: AT,
    end: null,
  };
  expect(syncProgress(t, job, format)).toBe(words);
});
