import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { APPROVABLE_CLASSES, CLASSES } from '../../shared/review.ts';
import { ORDINARY_CLASSES } from '../../shared/unusual.ts';
import { findBatch } from '../../electron/ledger/batches.ts';
import { setBatchUnusual } from '../../electron/ledger/people.ts';
import { listAudit } from '../../electron/ledger/audit.ts';
import { addChange, lengthenHistory } from '../../electron/ledger/changes.ts';
import type { Database } from '../../electron/ledger/database.ts';
import { undoDecision } from '../../electron/ledger/undo.ts';
import { approve, unplacedIn } from '../../electron/ledger/decisions.ts';
import { hold, release } from '../../electron/ledger/holds.ts';
import {
  addTakenBatch,
  BY,
  newChange,
  openTestLedger,
  sha256,
  standingOf,
  type TestLedger,
} from '../support/ledger.ts';
import { chain, rev } from '../support/revisions.ts';

let ledger: TestLedger;
let db: Database;
beforeEach(() => {
  ledger = openTestLedger();
  ({ db } = ledger);
});
afterEach(() => ledger.remove());

const LATER = { person: 'admin', at: '2026-03-02T10:00:00.000Z' };

/** One open change of every class, its id being the class. */
function addOneOfEach(name = 'each'): string {
  const changes = CLASSES.map((kind, at) => ({
    change: newChange(`${name} ${kind}`, { ordinal: at }),
    class: kind,
  }));
  return addTakenBatch(db, { name, changes });
}

const idsIn = (batch: string, state: string): string[] =>
  db
    .all('SELECT id FROM changes WHERE batch = ? AND state = ? ORDER BY id', batch, state)
    .map((row) => String(row['id']).replace(/^each /, ''));
const sorted = (list: readonly string[]): string[] => [...list].sort();
const audited = (what: string) =>
  listAudit(db, { since: '', offset: 0, limit: 1000, descending: false }).rows.filter(
    (entry) => entry.what === what,
  );

describe('approving a batch', () => {
  it('approves what is ordinary and nothing else', () => {
    const batch = addOneOfEach();
    const decided = approve(db, { batch }, BY);
    expect(idsIn(batch, 'approved')).toEqual(sorted(ORDINARY_CLASSES));
    // contradiction, conflict, unplaced, deletion and unchecked still need a person.
    expect(decided).toMatchObject({ approved: 2, held: 0, open: 5, changed: 2 });
  });

  it('leaves out what the server refuses and what is unusual about the record or its batch', () => {
    const undated = [{ rule: 'undated', number: 1 }] as const;
    const batch = addTakenBatch(db, {
      name: 'unusual',
      changes: [
        { change: newChange('plain'), class: 'new' },
        { change: newChange('refused'), class: 'new', refused: 'not yours' },
        { change: newChange('undated'), class: 'new', unusual: undated },
        { change: newChange('contact', { kind: 'contact' }), class: 'update' },
      ],
    });
    setBatchUnusual(db, batch, [{ rule: 'contacts-rewritten', number: 7 }]);
    expect(findBatch(db, batch)).toMatchObject({ ordinary: 1, unusual: [{ rule: 'contacts-rewritten' }] });
    expect(approve(db, { batch }, BY).changed).toBe(1);
    expect(idsIn(batch, 'approved')).toEqual(['plain']);
    // A whole class neither: what is unusual is named.
    expect(approve(db, { batch, classes: ['new', 'update'] }, BY).changed).toBe(0);
    expect(approve(db, { batch, classes: ['update'], unusual: ['contacts-rewritten'] }, BY).changed).toBe(1);
    expect(approve(db, { batch, classes: ['new'], unusual: ['undated'] }, BY).changed).toBe(1);
    expect(idsIn(batch, 'open')).toEqual(['refused']);
  });

  it('is empty for a batch of somebody whom nobody knows', () => {
    const batch = addTakenBatch(db, {
      name: 'stranger',
      changes: [{ change: newChange('a'), class: 'new' }],
    });
    setBatchUnusual(db, batch, [{ rule: 'person-unseen', number: 1 }]);
    expect(findBatch(db, batch)).toMatchObject({ ordinary: 0 });
    expect(approve(db, { batch }, BY).changed).toBe(0);
    expect(approve(db, { batch, ids: ['a'] }, BY).changed).toBe(1);
  });

  it('over a refusal needs a word of its own, and decides no conflict', () => {
    const batch = addTakenBatch(db, {
      name: 'over',
      changes: [
        { change: newChange('new'), class: 'new', refused: 'outside-area' },
        { change: newChange('conflict'), class: 'conflict', refused: 'outside-area' },
        { change: newChange('deletion', { deleted: true }), class: 'deletion', refused: 'outside-area' },
        { change: newChange('usual'), class: 'new' },
      ],
    });
    expect(approve(db, { batch, ids: ['new', 'conflict', 'deletion'] }, BY).changed).toBe(0);
    // A deletion is asked about, whatever else was named.
    expect(() => approve(db, { batch, refused: true }, BY)).toThrow('would-delete');
    expect(approve(db, { batch, refused: true, deleting: 1 }, BY).changed).toBe(2);
    expect(idsIn(batch, 'open')).toEqual(['conflict', 'usual']);
    expect(approve(db, { batch, ids: ['conflict'], refused: true }, BY).changed).toBe(0);
  });

  it('writes down which class was looked at, by whom and when', () => {
    const batch = addOneOfEach();
    approve(db, { batch }, BY);
    for (const kind of ORDINARY_CLASSES) {
      expect(standingOf(db, `each ${kind}`)).toEqual({
        class: kind,
        state: 'approved',
        approved: kind,
        held: null,
        by: 'clerk',
      });
    }
    expect(audited('approved').map(({ id, detail, at, person }) => ({ id, detail, at, person }))).toEqual(
      [...ORDINARY_CLASSES].map((kind) => ({
        id: `each ${kind}`,
        detail: { decision: 1, class: kind },
        at: BY.at,
        person: BY.person,
      })),
    );
  });

  it.each(CLASSES)(
    'by the class %s touches only that class, and only where there is something to decide',
    (kind) => {
      const batch = addOneOfEach();
      const decided = approve(db, { batch, classes: [kind] }, BY);
      const expected = APPROVABLE_CLASSES.includes(kind) ? [kind] : [];
      expect(idsIn(batch, 'approved')).toEqual(expected);
      expect(decided.changed).toBe(expected.length);
    },
  );

  it('by id takes what may be approved, and no other document; a conflict is settled instead', () => {
    const batch = addOneOfEach();
    approve(
      db,
      {
        batch,
        ids: ['each conflict', 'each unplaced', 'each same', 'each never-sent', 'each new', 'elsewhere'],
        unplaced: 1,
      },
      BY,
    );
    expect(idsIn(batch, 'approved')).toEqual(['new', 'unplaced']);
  });

  it('takes no record of unknown order unasked, however it is named, but by its class', () => {
    const batch = addOneOfEach();
    const ids = ['each unplaced', 'each new'];
    for (const approval of [{ ids }, { ids, classes: ['new', 'unplaced'] as const, unplaced: 0 }])
      expect(unplacedIn(db, { batch, ...approval })).toEqual({ records: 1, names: ['each unplaced'] });
    expect(() => approve(db, { batch, ids }, BY)).toThrow('would-conflict');
    expect(() => approve(db, { batch, ids, refused: true }, BY)).toThrow('would-conflict');
    expect(idsIn(batch, 'approved')).toEqual([]);
    expect(audited('approved')).toEqual([]);
    expect(unplacedIn(db, { batch })).toEqual({ records: 0, names: [] });
    expect(approve(db, { batch, ids, unplaced: 1 }, BY).changed).toBe(2);
    expect(unplacedIn(db, { batch, ids })).toEqual({ records: 0, names: [] });
    const other = addTakenBatch(db, {
      name: 'other',
      changes: [{ change: newChange('bare'), class: 'unplaced', refused: 'no-right' }],
    });
    // What the server refuses is named by that, and its order is not.
    expect(() => approve(db, { batch: other, refused: true }, BY)).toThrow('would-conflict');
    expect(approve(db, { batch: other, classes: ['unplaced'], refused: true }, BY).changed).toBe(1);
  });

  it('by id and class takes what is both', () => {
    const batch = addOneOfEach();
    approve(db, { batch, classes: ['new'], ids: ['each conflict', 'each new'] }, BY);
    expect(idsIn(batch, 'approved')).toEqual(['new']);
  });

  it('leaves out the exceptions', () => {
    const batch = addOneOfEach();
    const decided = approve(db, { batch, except: ['each new', 'not here'] }, BY);
    expect(idsIn(batch, 'approved')).toEqual(['update']);
    expect(decided.changed).toBe(1);
  });

  it('touches no other batch, and nothing that was decided before', () => {
    const other = addOneOfEach('other');
    const batch = addOneOfEach();
    approve(db, { batch }, BY);
    hold(db, { batch }, ['each update'], 'wrong village', BY);
    expect(approve(db, { batch }, LATER)).toMatchObject({ approved: 1, held: 1, open: 5, changed: 0 });
    expect(standingOf(db, 'each new')?.by).toBe('clerk');
    expect(standingOf(db, 'each update')?.held).toBe('wrong village');
    expect(idsIn(other, 'open')).toHaveLength(CLASSES.length);
    expect(audited('approved')).toHaveLength(2);
  });

  it('approves one of two versions of a document, and the other one by no way beside it', () => {
    const leaves = ['x', 'y'].map((name) => newChange('doc', { rev: rev(1, name) }));
    const batch = addTakenBatch(db, {
      name: 'leaves',
      changes: leaves.map((change) => ({ change, class: 'unplaced' })),
    });
    const approved = () =>
      db.all(`SELECT rev FROM changes WHERE id = 'doc' AND state = 'approved'`).map((row) => row['rev']);
    // The version that stays is said.
    expect(approve(db, { batch, classes: ['unplaced'] }, BY)).toMatchObject({ changed: 1, otherVersion: 1 });
    expect(approved()).toEqual([rev(1, 'x')]);
    expect(() => approve(db, { batch, ids: ['doc'] }, BY)).toThrow('other-version-approved');
    expect(approve(db, { batch, classes: ['unplaced'] }, BY)).toMatchObject({ changed: 0, otherVersion: 1 });

    // The first is taken back, the other is approved; then the taking back is undone.
    const back = release(db, { batch }, ['doc'], BY);
    db.run(`UPDATE changes SET state = 'held' WHERE rev = ?`, rev(1, 'x'));
    expect(approve(db, { batch, ids: ['doc'], unplaced: 1 }, BY).changed).toBe(1);
    db.run(`UPDATE changes SET state = 'open' WHERE rev = ?`, rev(1, 'x'));
    expect(undoDecision(db, Number(back.decision), BY).undone).toBe(1);
    expect(approved()).toEqual([rev(1, 'y')]);
  });
});

describe('holding', () => {
  it('keeps a change back with the reason, whether it was open or approved', () => {
    const batch = addOneOfEach();
    approve(db, { batch }, BY);
    const decided = hold(db, { batch }, ['each new', 'each conflict'], 'ask her again', LATER);
    expect(decided).toMatchObject({ approved: 1, held: 2, open: 4, changed: 2 });
    for (const kind of ['new', 'conflict']) {
      expect(standingOf(db, `each ${kind}`)).toEqual({
        class: kind,
        state: 'held',
        approved: null,
        held: 'ask her again',
        by: 'admin',
      });
    }
    expect(audited('held').map(({ id, detail }) => [id, detail])).toEqual([
      ['each conflict', { reason: 'ask her again', decision: 2 }],
      ['each new', { reason: 'ask her again', decision: 2 }],
    ]);
  });

  it('says that it changed nothing, and writes nothing down, where a conflict is settled already', () => {
    const batch = addTakenBatch(db, {
      name: 'settled',
      changes: [{ change: newChange('doc'), class: 'conflict', state: 'approved', resolution: 'r1' }],
    });
    expect(hold(db, { batch }, ['doc'], 'wait', BY)).toMatchObject({
      approved: 1,
      held: 0,
      open: 0,
      changed: 0,
    });
    expect(standingOf(db, 'doc')?.state).toBe('approved');
    expect(audited('held')).toEqual([]);
  });

  it.each(['sent', 'accepted', 'superseded', 'closed'] as const)('comes too late for what is %s', (state) => {
    const batch = addTakenBatch(db, {
      name: 'late',
      changes: [{ change: newChange('doc'), class: 'new', state }],
    });
    expect(hold(db, { batch }, ['doc'], 'wait', BY).changed).toBe(0);
    expect(standingOf(db, 'doc')?.state).toBe(state);
  });
});

describe('releasing', () => {
  it('takes an approval and a hold back', () => {
    const batch = addOneOfEach();
    approve(db, { batch }, BY);
    hold(db, { batch }, ['each update'], 'look again', BY);
    const decided = release(db, { batch }, undefined, LATER);
    expect(decided).toMatchObject({ approved: 0, held: 0, open: 7, changed: 2 });
    for (const kind of ['new', 'update']) {
      expect(standingOf(db, `each ${kind}`)).toEqual({
        class: kind,
        state: 'open',
        approved: null,
        held: null,
        by: null,
      });
    }
    expect(audited('reopened')).toHaveLength(2);
  });

  it('touches only the ids that are named', () => {
    const batch = addOneOfEach();
    approve(db, { batch }, BY);
    expect(release(db, { batch }, ['each new', 'not here'], BY).changed).toBe(1);
    expect(idsIn(batch, 'approved')).toEqual(['update']);
  });

  it('does not undo a settled conflict', () => {
    const batch = addTakenBatch(db, {
      name: 'settled',
      changes: [
        { change: newChange('doc'), class: 'conflict', state: 'approved', resolution: 'r1' },
        { change: newChange('plain'), class: 'new', state: 'approved' },
      ],
    });
    expect(release(db, { batch }, undefined, BY)).toMatchObject({
      approved: 1,
      held: 0,
      open: 1,
      changed: 1,
    });
    expect(standingOf(db, 'doc')?.state).toBe('approved');
    expect(audited('reopened').map(({ id }) => id)).toEqual(['plain']);
  });

  it.each(['sent', 'accepted', 'superseded', 'closed'] as const)('comes too late for what is %s', (state) => {
    const batch = addTakenBatch(db, {
      name: 'late',
      changes: [{ change: newChange('doc'), class: 'new', state }],
    });
    expect(release(db, { batch }, undefined, BY).changed).toBe(0);
    expect(standingOf(db, 'doc')?.state).toBe(state);
  });
});

describe('a newer revision of the same branch', () => {
  const [third = '', second = '', first = ''] = chain('abc');
  const newer = newChange('doc', { rev: third, history: chain('abc') });

  it.each(['open', 'approved', 'held'] as const)('takes the place of one that is %s', (state) => {
    const change = newChange('doc', { rev: second, history: chain('ab') });
    const older = addTakenBatch(db, { name: 'older', changes: [{ change, class: 'update', state }] });
    addTakenBatch(db, { name: 'newer', changes: [{ change: newer }] });
    expect(standingOf(db, 'doc', second)?.state).toBe('superseded');
    expect(standingOf(db, 'doc', third)?.state).toBe('open');
    // The audit trail tells of a decision that lapsed, and is silent about what nobody had decided on.
    expect(
      audited('superseded').map(({ person, batch, id, rev: own, detail }) => [
        person,
        batch,
        id,
        own,
        detail,
      ]),
    ).toEqual(state === 'open' ? [] : [[BY.person, older, 'doc', second, { state, by: third }]]);
  });

  it.each(['sent', 'accepted', 'closed'] as const)('leaves one alone that is %s', (state) => {
    const change = newChange('doc', { rev: second, history: chain('ab') });
    addTakenBatch(db, { name: 'older', changes: [{ change, class: 'update', state }] });
    addTakenBatch(db, { name: 'newer', changes: [{ change: newer }] });
    expect(standingOf(db, 'doc', second)?.state).toBe(state);
  });

  it('leaves other branches and other documents alone', () => {
    const branch = newChange('doc', { rev: rev(2, 'branch'), history: [rev(2, 'branch'), first] });
    const other = newChange('other', { rev: second, history: chain('ab') });
    addTakenBatch(db, {
      name: 'older',
      changes: [
        { change: branch, class: 'update', state: 'approved' },
        { change: other, class: 'update', state: 'approved' },
      ],
    });
    addTakenBatch(db, { name: 'newer', changes: [{ change: newer }] });
    expect(standingOf(db, 'doc', branch.rev)?.state).toBe('approved');
    expect(standingOf(db, 'other', second)?.state).toBe('approved');
  });

  it('takes the place of an older one also when its history is told only later', () => {
    const change = newChange('doc', { rev: second, history: chain('ab') });
    addTakenBatch(db, { name: 'older', changes: [{ change, class: 'update', state: 'approved' }] });
    addChange(db, sha256('no history'), null, newChange('doc', { rev: third, history: [third] }), BY);
    expect(standingOf(db, 'doc', second)?.state).toBe('approved');
    lengthenHistory(db, { id: 'doc', rev: third }, chain('abc'), BY);
    expect(standingOf(db, 'doc', second)?.state).toBe('superseded');
    // A shorter history that comes later takes nothing away.
    lengthenHistory(db, { id: 'doc', rev: third }, [third, second], BY);
    expect(db.get('SELECT history FROM changes WHERE rev = ?', third)).toEqual({
      history: JSON.stringify(chain('abc')),
    });
  });
});
