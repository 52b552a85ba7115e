/** What a terminal says before a phone synchronises by itself: which records go, as clean as in lists. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { sayApplied, sayConfirmed, sayPrepared, saySync } from '../../electron/cli/phones.ts';
import { speak } from '../../electron/cli/say.ts';
import type { ChangeRow } from '../../shared/review.ts';
import { progressLine, stillLines } from '../../electron/cli/ask.ts';
import type { Job } from '../../shared/contract.ts';
import type { SyncPlan, SyncResult } from '../../shared/phone-sync.ts';

const said: string[] = [];
beforeEach(() => {
  said.length = 0;
  speak('en');
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => said.push(String(text)) > 0);
});
afterEach(() => {
  vi.restoreAllMocks();
});

const row = (label: string, more: Partial<ChangeRow> = {}): ChangeRow => ({
  batch: 'abcdef012345',
  id: label,
  rev: '1-a',
  kind: 'report',
  class: 'new',
  reason: null,
  refusal: null,
  refusalApproved: false,
  unusual: [],
  state: 'open',
  heldReason: null,
  label,
  form: null,
  reportedAt: null,
  user: 'chw1',
  device: null,
  deleted: false,
  attachments: 0,
  ...more,
});
const NONE = { approved: 0, same: 0, computed: 0, open: 0, held: 0, deletion: 0, conflict: 0, refused: 0 };
const asking = (plan: Partial<SyncPlan>): SyncResult => ({
  user: 'chw1',
  device: null,
  outcome: 'asks',
  mayAgree: true,
  error: null,
  upload: null,
  sent: 0,
  accepted: 0,
  refused: 0,
  received: 0,
  dropped: 0,
  failures: 0,
  arrived: { records: 0, rows: [] },
  endedAt: null,
  compared: false,
  left: 0,
  lacking: 0,
  plan: {
    digest: 'd1',
    counts: NONE,
    asked: [],
    deletions: { records: 0, rows: [] },
    versions: null,
    asks: true,
    ...plan,
  },
});

it('the records that nobody approved are named, with form, person, day and batch', () => {
  const held = row('Visit: Amina\u202e\u001b[2J', { form: 'home_visit', reportedAt: Date.UTC(2026, 10, 3) });
  const gone = row('Ann', { kind: 'contact', deleted: true, user: null, batch: '' });
  saySync(
    asking({
      counts: { ...NONE, approved: 2, held: 1, deletion: 60 },
      asked: [
        { going: 'held', records: 1, rows: [held] },
        { going: 'deletion', records: 60, rows: [gone] },
      ],
    }),
  );
  expect(said.map((line) => line.trimEnd())).toEqual([
    'Nothing was sent. The app sends all that it has, also what nobody has approved here:',
    '  approved: 2',
    '  on hold: 1',
    '    Visit: Amina [2J · home_visit · chw1 · 2026-11-03 · abcdef012345',
    '  deleted on the phone, not reviewed: 60',
    '    Ann · Person or place · - · - · deleted',
    '    and 59 more',
    'To agree, run it again with --agree d1',
  ]);
});

it('deletions that were approved are told apart, and named once more', () => {
  const gone = row('Visit: Amina', { deleted: true, state: 'approved' });
  saySync(asking({ counts: { ...NONE, approved: 3 }, deletions: { records: 1, rows: [gone] } }));
  expect(said.map((line) => line.trimEnd())).toEqual([
    'Nothing was sent. All of it is approved, and records are deleted on the server with it:',
    '  approved: 3 (1 of them is deleted on the server)',
    '    Visit: Amina · Report · chw1 · - · deleted · abcdef012345',
    'To agree, run it again with --agree d1',
  ]);
});

it('the end says what was sent and received, and that the phone is up to date only where that was seen', () => {
  const done: SyncResult = {
    ...asking({ asks: false }),
    outcome: 'done',
    upload: 'u',
    sent: 14,
    accepted: 14,
    received: 54,
    endedAt: new Date(2026, 10, 22, 14, 5).toISOString(),
    compared: true,
  };
  const of = (sync: SyncResult): string[] => {
    said.length = 0;
    saySync(sync);
    return said.map((line) => line.trimEnd());
  };
  const sent = 'The phone sent 14 records (14 confirmed, 0 refused) and received 54.';
  expect(of(done)).toEqual([sent, 'It is up to date as of 14:05.']);
  const { plan } = asking({ asks: false, versions: { app: '4.21.0', server: '5.2.0' } });
  const household = row('Household 1.2', { kind: 'contact', user: null, batch: '' });
  expect(of({ ...done, plan, arrived: { records: 3, rows: [household] } })).toEqual([
    sent,
    'It is up to date as of 14:05.',
    'The program of the app on the phone is still 4.21.0, the server has 5.2.0. It only comes by the phone’s own internet.',
    'Arrived on the phone:',
    '    Household 1.2 · Person or place · - · -',
    '    and 2 more',
  ]);
  const held = { ...asking({ counts: { ...NONE, held: 1 } }), mayAgree: false };
  expect(of(held).at(-1)).toBe(
    'On this station only an administrator may agree to that. Review and send first, or ask the administrator.',
  );
  expect(of({ ...done, lacking: 2 })).toEqual([sent, 'Records of the server that are not on the phone: 2.']);
  expect(of({ ...done, left: 3 })).toEqual([sent, 'Records on the phone that are not on the server: 3.']);
  expect(of({ ...done, compared: false })).toEqual([
    sent,
    'Whether the phone has everything could not be checked.',
  ]);
});

it('on its way it says how far it is', () => {
  const job: Job = {
    job: 'j',
    kind: 'sync',
    step: 'sync',
    done: 120,
    total: 150,
    unit: 'documents',
    counts: { received: 54 },
    subject: 'chw1',
    startedAt: '2026-11-22T14:05:00.000Z',
    end: null,
  };
  expect(progressLine(job)).toBe('sync chw1 sent 120 of about 150, got 54');
  expect(progressLine({ ...job, step: 'read' })).toBe('read chw1 80 %');
});

it('says where the app stands still, and only what is known of it', () => {
  expect(stillLines({ step: 'sync', counts: { sent: 1 } })).toEqual([]);
  const goOn =
    'To let it try again, bring the app to the screen, open its menu and tap “Sync now”. Or press Ctrl-C: what was not sent stays on the phone.';
  expect(stillLines({ step: 'unended', counts: { failures: 2, sent: 14 } })).toEqual([
    'The app’s sync did not come to its end: 2 of its requests failed, and it asks for nothing any more.',
    goOn,
  ]);
  expect(stillLines({ step: 'quiet', counts: { sent: 14, confirmed: 12 } })).toEqual([
    'The app has asked for nothing for a while, and has not said that it is done.',
    goOn,
    'Sent so far: 14. Confirmed on the server: 12.',
  ]);
});

it('says what a phone was given, what was left alone on it, and how old that was', () => {
  sayApplied({
    user: 'chw1',
    device: 'device-1',
    madeAt: '2026-11-03T14:05:00.000Z',
    outcome: 'cut',
    error: 'phone-form-open',
    counts: { written: 3, dropped: 1, already: 2, unproven: 4, version: 0, failed: 0 },
    skipped: 0,
  });
  expect(said).toEqual([
    'The phone received 3 records, and 1 were removed from it, as of 2026-11-03T14:05:00.000Z.\n',
    '4 records left alone: the phone has work in them that is not on the server.\n',
    'It did not finish. It continues the next time.\n',
    'A form is open on the phone, and nothing is written while it is. On the phone, finish the form or go back to the list, and try again.\n',
  ]);
});

it('says what was fetched for a phone, and what was left out', () => {
  const parcel = {
    user: 'chw1',
    device: 'device-1',
    madeAt: '2026-11-03T14:05:00.000Z',
    documents: 3,
    deletes: 1,
    skipped: 2,
    bytes: 1000,
    appliedAt: null,
  };
  sayPrepared({ parcel, leftOut: { unproven: 1, 'too-large': 0, odd: 1, gone: 0 } });
  expect(said).toEqual([
    'Fetched for the phone of chw1: 3 records, and 1 to remove.\n',
    '2 records left out: the phone has work in them that is not on the server, or they cannot be given to a phone.\n',
  ]);
});

it('says that a phone was told, or what stands against it, by name', () => {
  const told = {
    user: 'chw1',
    device: 'device-1',
    outcome: 'told',
    sequence: 40,
    proven: 12,
    refused: 1,
    unproven: { records: 0, rows: [] },
  } as const;
  sayConfirmed(told);
  sayConfirmed({ ...told, outcome: 'already', refused: 0 });
  sayConfirmed({ ...told, outcome: 'unproven', unproven: { records: 51, rows: [row('Visit: Amina')] } });
  expect(said).toEqual([
    'The server has what the phone of chw1 holds: 12 records. The app now shows them as sent.\n',
    'Of these the server refused 1; the station keeps them.\n',
    'The server has what the phone of chw1 holds: 12 records. The app says so already.\n',
    'The phone was told nothing. Records on it that are not confirmed on the server: 51.\n',
    '    Visit: Amina · Report · chw1 · - · abcdef012345\n',
    '    and 50 more\n',
  ]);
});
