/** What is said of a phone that synchronises: no more than is known. */
import { describe, expect, test } from 'vitest';
import { standsStill, syncProgress, syncWords } from '../../renderer/components/sync-words.ts';
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
  failures: 0,
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

test('an app that stands still is said to, with what is known, and no end is claimed', () => {
  const job = (step: Job['step'], counts: Job['counts']): Job => ({
    job: 'j',
    kind: 'sync',
    step,
    done: 0,
    total: null,
    unit: 'documents',
    counts,
    subject: 'chw1',
    startedAt: AT,
    end: null,
  });
  const of = (step: Job['step'], counts: Job['counts']) => standsStill(t, job(step, counts), format);
  const GO_ON =
    'To let it try again, bring the app to the screen, open its menu and tap “Sync now”. Or press “Stop”: what was not sent stays on the phone.';
  expect(of('sync', { failures: 1 })).toBeNull();
  expect(of('unended', { failures: 2, sent: 14, confirmed: 12 })).toBe(
    `2 requests of the app failed, and it asks for nothing any more. Its sync did not come to its end. Sent so far: 14. Confirmed on the server: 12. ${GO_ON}`,
  );
  // The server was not asked, or did not answer: nothing is said of it.
  expect(of('unended', { failures: 1, sent: 1 })).toBe(
    `1 request of the app failed, and it asks for nothing any more. Its sync did not come to its end. ${GO_ON}`,
  );
  expect(of('quiet', {})).toBe(
    `The app has asked for nothing for a while, and has not said that it is done. Nothing was sent so far. ${GO_ON}`,
  );
  const stopped = syncWords(t, ended({ outcome: 'stopped', failures: 2, compared: false }), format);
  expect(stopped.more).toBe('The app’s sync did not come to its end: 2 requests of it failed.');
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
