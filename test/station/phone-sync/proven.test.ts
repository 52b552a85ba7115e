/** Whether the server has all that a phone holds: nothing that its app would ever send is left out of the question. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { recordRefused, recordSent } from '../../../electron/ledger/deliveries.ts';
import { addSecondContent } from '../../../electron/ledger/second-contents.ts';
import { addUpload } from '../../../electron/ledger/uploads.ts';
import { provenOf, type Proven } from '../../../electron/station/phone-sync/proven.ts';
import type { NewChange } from '../../../shared/intake.ts';
import {
  addTakenBatch,
  BY,
  newChange,
  openTestLedger,
  sha256,
  type Standing,
  type TestLedger,
} from '../../support/ledger.ts';
import { rev } from '../../support/revisions.ts';

const SERVER = 'https://a.org';

let ledger: TestLedger;
beforeEach(() => {
  ledger = openTestLedger();
});
afterEach(() => ledger.remove());

/** All of these are on the phone, and the server lacks those of `missing`, or all. */
function proven(changes: readonly NewChange[], missing: readonly NewChange[] = changes): Proven | null {
  const leaves = changes.map(({ id, rev: own }) => [id, own]);
  return provenOf(ledger.db, SERVER, {
    leaves,
    missing: missing.map(({ id, rev: own }) => ({ id, rev: own })),
  });
}
const take = (standings: readonly Standing[]): void =>
  void addTakenBatch(ledger.db, { name: 'phone', changes: standings });
const ids = (found: Proven | null) => found?.unproven.map(({ id }) => id);

function refuse(change: NewChange, reason: string, { server = SERVER, sent = true } = {}): void {
  const upload = `upload-${change.id}`;
  addUpload(ledger.db, { upload, user: 'chw1', server, startedAt: BY.at });
  if (sent) recordSent(ledger.db, upload, [{ ...change, bytes: 1 }], BY.at);
  recordRefused(ledger.db, upload, change, reason, BY.at);
}

it('what the server has is proven, whatever was decided on it here', () => {
  const [open, held] = [newChange('open'), newChange('held')];
  take([
    { change: open, class: 'new' },
    { change: held, class: 'new', state: 'held' },
  ]);
  expect(proven([open, held], [])).toEqual({ documents: 2, refused: 0, unproven: [] });
});

it('what it lacks is not, whatever was seen or decided before', () => {
  const states = ['open', 'approved', 'held', 'sent', 'accepted', 'superseded', 'closed'] as const;
  const changes = states.map((state) => newChange(state));
  take(changes.map((change, at) => ({ change, class: 'new', state: states[at] ?? 'open' })));
  expect(ids(proven(changes))).toEqual([...states]);
  expect(proven(changes)).toMatchObject({ documents: 0, refused: 0 });
});

it('what was never read here cannot be judged', () => {
  const known = newChange('known');
  take([{ change: known, class: 'new', state: 'accepted' }]);
  expect(proven([known, newChange('unread')])).toBeNull();
  expect(proven([known, newChange('unread')], [known])).not.toBeNull();
});

it('what the app keeps to itself is left out of account, and nothing else that is never sent from here', () => {
  const never = (id: string, neverSent: string) => newChange(id, { neverSent });
  const kept = [
    never('stub', 'purge-stub'),
    never('_design/medic-client', 'design-document'),
    never('settings', 'server-document'),
    never('form:visit', 'form'),
    never('messages-en', 'translations'),
    never('ui-extension:x', 'ui-extension'),
  ];
  const offered = [
    never('purged', 'purged'),
    never('privacy-policies', 'server-document'),
    never('feedback-1', 'feedback'),
    never('telemetry-1', 'telemetry'),
    never('read:report:1', 'read-mark'),
    never('token:login:1', 'login-token'),
    never('other', 'other-server'),
  ];
  take([...kept, ...offered].map((change) => ({ change })));
  expect(ids(proven([...kept, ...offered]))).toEqual(offered.map(({ id }) => id));
});

it('a refusal counts only where this server answered so, and it still stands', () => {
  const names = ['told', 'foreseen', 'measured', 'elsewhere', 'unsent', 'lifted'] as const;
  const changes = Object.fromEntries(names.map((id) => [id, newChange(id)])) as Record<
    (typeof names)[number],
    NewChange
  >;
  take(names.map((id) => ({ change: changes[id], class: 'new', state: 'approved' })));
  refuse(changes.told, 'forbidden');
  ledger.db.run(`UPDATE changes SET refused = 'subject-elsewhere' WHERE id = 'foreseen'`);
  refuse(changes.measured, 'too-large-for-server');
  refuse(changes.elsewhere, 'forbidden', { server: 'https://b.org' });
  refuse(changes.unsent, 'perhaps-removed', { sent: false });
  refuse(changes.lifted, 'forbidden');
  ledger.db.run(`UPDATE changes SET refused = NULL WHERE id = 'lifted'`);
  const found = proven(Object.values(changes));
  expect(ids(found)).toEqual(names.filter((id) => id !== 'told'));
  expect(found).toMatchObject({ documents: 1, refused: 1 });
});

it('a revision of which other contents are known is not proven by its name', () => {
  const [doubled, disproved, plain] = ['doubled', 'disproved', 'plain'].map((id) => newChange(id));
  if (doubled === undefined || disproved === undefined || plain === undefined) throw new Error('three');
  take([
    { change: doubled, class: 'new' },
    { change: disproved, class: 'new', refused: 'other-content' },
    { change: plain, class: 'new' },
  ]);
  addSecondContent(ledger.db, sha256('phone'), { ...doubled, content: sha256('other') }, BY);
  ledger.db.run(`UPDATE changes SET class = 'contradiction' WHERE id = 'doubled'`);
  expect(ids(proven([doubled, disproved, plain], []))).toEqual(['doubled', 'disproved']);
});

it('a document with several leaves is proven only with all of them', () => {
  const one = newChange('twice', { rev: rev(2, 'one'), history: [rev(2, 'one'), rev(1, 'twice')] });
  const two = newChange('twice', { rev: rev(2, 'two'), history: [rev(2, 'two'), rev(1, 'twice')] });
  take([
    { change: one, class: 'conflict' },
    { change: two, class: 'conflict' },
  ]);
  const leaves = [['twice', one.rev, two.rev]];
  for (const { id, rev: own } of [one, two])
    expect(provenOf(ledger.db, SERVER, { leaves, missing: [{ id, rev: own }] })).toEqual({
      documents: 0,
      refused: 0,
      unproven: [{ id, rev: own }],
    });
  // One side is refused and the other is lacking: it is not proven.
  refuse(one, 'forbidden');
  const missing = [one, two].map(({ id, rev: own }) => ({ id, rev: own }));
  expect(provenOf(ledger.db, SERVER, { leaves, missing })).toEqual({
    documents: 0,
    refused: 0,
    unproven: [{ id: 'twice', rev: two.rev }],
  });
});
