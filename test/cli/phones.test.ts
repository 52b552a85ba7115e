/** What a terminal says before a phone synchronises by itself: which records go, as clean as in lists. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { saySync } from '../../electron/cli/phones.ts';
import { speak } from '../../electron/cli/say.ts';
import type { ChangeRow } from '../../shared/review.ts';
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
  error: null,
  upload: null,
  sent: 0,
  accepted: 0,
  refused: 0,
  received: 0,
  dropped: 0,
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
