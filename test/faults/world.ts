/**
 * Where scripts are played: one practice server, the fault proxy before it, one station that knows only the
 * proxy. Several scripts share it one after the other, each with a household of its own; `play` answers with
 * what was wrong afterwards, and nothing is wrong in a good world.
 */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Receipt } from '../../shared/receipt.ts';
import type { ChangeRow } from '../../shared/review.ts';
import type { UploadResult } from '../../shared/upload.ts';
import type { UploadPace } from '../../shared/upload-pace.ts';
import { asParent, contact, report, tinyPng } from '../../electron/practice/documents.ts';
import {
  openDatabase,
  revisionTree,
  type Database,
  type Doc,
  type StoredDoc,
} from '../../electron/practice/pouch.ts';
import { leavesOf, revisionsOf } from '../../electron/practice/revision-tree.ts';
import { startPracticeServer, type PracticeServer } from '../../electron/practice/server.ts';
import { exportStationDump } from '../../electron/practice/station-dump.ts';
import { SYSTEM_TIMERS, type Timers } from '../../shared/timers.ts';
import { openTestStation, type TestStation } from '../support/station.ts';
import { startFaultProxy, type Fault, type FaultProxy } from './proxy.ts';
import type { Script, Session } from './script.ts';

const USER = 'chw1';
const CONTACT = 'hc1-chw1';
const HOME_PARENT = { _id: 'hc1-area-1', parent: { _id: 'hc1', parent: { _id: 'district' } } };
const STRANGER = 'hc2-area-1-home-1-person-1';

type Pace = { -readonly [Name in keyof UploadPace]?: UploadPace[Name] };

/** Longer than anything takes on a busy computer; what never answers is not waited for, see `HangingLine`. */
const ANSWER_MS = 300_000;

const PACE: Pace = {
  quickMs: ANSWER_MS,
  patientMs: ANSWER_MS,
  bytesPerSecond: 1_000_000,
  tries: 6,
  firstPauseMs: 1,
  longestPauseMs: 8,
  signInWindowMs: 20,
};

/**
 * The time of the station: its own, but for a request that the proxy leaves hanging. Then the time of all requests
 * under way is over at once, so that no script waits for it, and none is over because the computer is busy.
 */
class HangingLine implements Timers {
  readonly #deadlines = new Set<() => void>();

  readonly now = SYSTEM_TIMERS.now;

  readonly after = (ms: number, call: () => void): (() => void) => {
    const callOff = SYSTEM_TIMERS.after(ms, call);
    // A request may have some more for its bytes; what waits for longer is what the station does by the day.
    if (ms < ANSWER_MS || ms >= 2 * ANSWER_MS) return callOff;
    const expire = (): void => {
      forget();
      call();
    };
    const forget = (): void => {
      callOff();
      this.#deadlines.delete(expire);
    };
    this.#deadlines.add(expire);
    return forget;
  };

  expire(): void {
    // What is over may ask again at once and wait anew; that wait is not over.
    const over = [...this.#deadlines];
    for (const expire of over) expire();
  }
}

interface Key {
  readonly id: string;
  readonly rev: string;
}

/** What one script is about: its documents on the phone, and what the clerk approved. */
interface Case {
  readonly script: Script;
  readonly batch: string;
  readonly brought: readonly Key[];
  readonly approved: readonly Key[];
  readonly wrong: string[];
  readonly uploads: UploadResult[];
  /** Leaves that the server had by itself. */
  readonly known: Set<string>;
  /** How many were approved when the upload that runs began. */
  waiting: number;
  /** Why the last upload ended early. */
  ended: string | null;
  wasRestored: boolean;
  wasEdited: boolean;
}

export class FaultWorld {
  readonly #server: PracticeServer;
  readonly #proxy: FaultProxy;
  #station: TestStation;
  /** The station's own; it takes what stands here at each sign-in. */
  readonly #pace: Pace;
  readonly #timers: Timers;
  #now = Date.now();
  #password: string;

  private constructor(
    server: PracticeServer,
    proxy: FaultProxy,
    station: TestStation,
    { pace, timers }: { readonly pace: Pace; readonly timers: Timers },
  ) {
    this.#server = server;
    this.#proxy = proxy;
    this.#station = station;
    this.#pace = pace;
    this.#timers = timers;
    this.#password = server.users.find(({ user }) => user === USER)?.password ?? '';
  }

  static async open(): Promise<FaultWorld> {
    const server = await startPracticeServer();
    const timers = new HangingLine();
    const proxy = await startFaultProxy({ target: server.url, secondMs: 1, onHang: () => timers.expire() });
    // The station's clock is the world's; it jumps.
    let clock = (): number => Date.now();
    const pace = { ...PACE };
    const station = await openTestStation({ pace, timers, clock: () => clock() });
    const world = new FaultWorld(server, proxy, station, { pace, timers });
    clock = () => world.#now;
    await station.ask('server.set', { url: proxy.url });
    // The clock jumps by months: what was proven would be given up in the middle of a script.
    await station.ask('retention.set', { days: null });
    return world;
  }

  async close(): Promise<void> {
    await this.#station.close();
    await this.#proxy.close();
    await this.#server.close();
  }

  /** What did not hold; empty when all is well. */
  async play(script: Script): Promise<string[]> {
    this.#server.forgetFailures();
    // Half of the scripts send everything at once, the others so little that requests and proofs overlap.
    this.#pace.firstDocuments = script.seed % 2 === 0 ? 100 : 2;
    this.#pace.mostDocuments = script.seed % 2 === 0 ? 500 : 3;
    const one = await this.#bring(script);
    try {
      for (const leaf of await this.#leaves(one)) one.known.add(keyOf(leaf));
      const backup = hasRestore(script) ? await this.#server.snapshot() : null;
      for (const session of script.sessions) {
        if (session.serverEdit) await this.#editOnServer(one);
        await this.#session(one, session, async () => {
          if (backup === null) return;
          await this.#server.restore(backup);
          one.wasRestored = true;
        });
      }
      await this.#end(one);
    } catch (error) {
      one.wrong.push(`broke off: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    }
    return one.wrong;
  }

  // What is brought

  async #bring(script: Script): Promise<Case> {
    const tag = `s${script.seed}-${randomUUID().slice(0, 6)}`;
    const home = contact({
      id: `${tag}-home`,
      type: 'clinic',
      name: 'Household',
      parent: HOME_PARENT,
      reportedAt: this.#now,
    });
    const known = this.#person(`${tag}-known`, home);
    const old = Array.from({ length: 3 }, (_, n) => this.#report(`${tag}-old-${n}`, known._id));
    await this.#server.database().bulkDocs([home, known, ...old]);

    const phone = openDatabase('phone');
    try {
      const since = await this.#fill(phone, [home, known, ...old]);
      await this.#use(phone, script, tag, home, old);
      return await this.#take(phone, script, since);
    } finally {
      await phone.destroy();
    }
  }

  async #fill(phone: Database, docs: readonly Doc[]): Promise<number> {
    const stored: StoredDoc[] = [];
    for (const { _id } of docs) stored.push(await this.#server.database().get(_id, { revs: true }));
    await phone.bulkDocs(stored, { new_edits: false });
    return (await phone.info()).update_seq;
  }

  async #use(phone: Database, script: Script, tag: string, home: Doc, old: readonly Doc[]): Promise<void> {
    const persons: string[] = [];
    for (let n = 0; n < script.persons; n += 1) {
      const person = this.#person(`${tag}-person-${n}`, home);
      persons.push(person._id);
      await phone.put(person);
    }
    for (let n = 0; n < script.reports; n += 1) {
      const about = persons[n % 3] ?? `${tag}-known`;
      await phone.put(this.#report(`${tag}-report-${n}`, about));
    }
    for (let n = 0; n < script.photos; n += 1) {
      const photo = { content_type: 'image/png', data: tinyPng(4, n, 60, 40).toString('base64') };
      await phone.put({
        ...this.#report(`${tag}-photo-${n}`, `${tag}-known`),
        _attachments: { 'user-file/photo': photo },
      });
    }
    for (let n = 0; n < script.strangers; n += 1)
      await phone.put(this.#report(`${tag}-stranger-${n}`, STRANGER));
    for (const { _id } of old.slice(0, script.edits)) {
      const doc = await phone.get(_id);
      await phone.put({ ...doc, edited: true });
      if (script.random() < 0.3) await phone.put({ ...(await phone.get(_id)), edited: 'twice' });
    }
    for (const { _id } of old.slice(2, 2 + script.deletions))
      await phone.put({ ...(await phone.get(_id)), _deleted: true });
  }

  #person(id: string, home: Doc): Doc {
    return contact({
      id,
      type: 'person',
      name: 'Invented Person',
      parent: asParent(home),
      reportedAt: this.#now,
    });
  }

  #report(id: string, about: string): Doc {
    const by = { _id: CONTACT, parent: { _id: 'hc1', parent: { _id: 'district' } } };
    return report({ id, form: 'home_visit', by, about, reportedAt: this.#now, fields: { n: id.length } });
  }

  async #take(phone: Database, script: Script, since: number): Promise<Case> {
    const manifest = {
      user: USER,
      userContactId: CONTACT,
      facilityId: 'hc1',
      device: `phone-${script.seed}`,
      server: this.#proxy.url,
      database: 'medic',
      exportedAt: new Date(this.#now).toISOString(),
    };
    const bytes = await exportStationDump(phone, manifest, { since });
    const { batch } = await this.#station.take(bytes, `phone-${script.seed}.chtdump`);
    if (batch === null) throw new Error('the dump made no batch');
    await this.#compare();
    const rows = await this.#changes(batch);
    const person = rows.find((row) => row.kind === 'contact');
    if (script.holds && person !== undefined)
      await this.#station.ask('decide.hold', { batch, ids: [person.id], reason: 'asked about' });
    await this.#station.ask('decide.approve', { batch });
    const approved = (await this.#changes(batch)).filter((row) => row.state === 'approved');
    return {
      script,
      batch,
      brought: rows.map(({ id, rev }) => ({ id, rev })),
      approved: approved.map(({ id, rev }) => ({ id, rev })),
      wrong: [],
      uploads: [],
      known: new Set(),
      waiting: 0,
      ended: null,
      wasRestored: false,
      wasEdited: false,
    };
  }

  // What happens

  async #compare(): Promise<void> {
    const { job } = await this.#station.ask('compare.start', { user: USER, password: this.#password });
    const end = await this.#station.wait(job);
    if (end.kind !== 'compared') throw new Error(`compare ended as ${JSON.stringify(end)}`);
  }

  async #editOnServer(one: Case): Promise<void> {
    const target = one.brought.find(({ id }) => id.includes('-old-'));
    if (target === undefined) return;
    const database = this.#server.database();
    const doc = await database.get(target.id).catch(() => null);
    if (doc === null) return;
    const { rev } = await database.put({ ...doc, editedOnServer: this.#now });
    one.known.add(keyOf({ id: target.id, rev }));
    one.wasEdited = true;
  }

  async #session(one: Case, session: Session, restore: () => Promise<void>): Promise<void> {
    this.#now += session.clockJump;
    const before = await this.#liveLeaves(one);
    const station = this.#station;
    let job = '';
    const plan = new Map<number, Fault>();
    for (const [at, fault] of session.faults)
      plan.set(at, fault.kind === 'restore' ? { kind: 'first', what: restore } : fault);
    if (session.stopAt !== null)
      plan.set(session.stopAt, {
        kind: 'first',
        what: async () => void (await station.ask('job.stop', { job })),
      });
    const password = this.#password;
    if (session.newPassword)
      plan.set(3, {
        kind: 'first',
        what: async () => {
          this.#password = `Cedar-tree-${one.script.seed}-${one.uploads.length}`;
          this.#server.setPassword(USER, this.#password);
        },
      });
    this.#proxy.plan(plan);
    one.waiting = (await this.#changes(one.batch)).filter(
      ({ state, refusal, refusalApproved }) =>
        (state === 'approved' || state === 'sent') && (refusal === null || refusalApproved),
    ).length;
    ({ job } = await station.ask('upload.start', { user: USER, password, batches: [one.batch] }));
    const end = await station.wait(job);
    this.#proxy.clear();
    one.ended = end.kind === 'uploaded' ? end.upload.error : end.kind === 'failed' ? end.code : null;
    if (end.kind === 'uploaded') this.#checkResult(one, end.upload);
    else if (end.kind !== 'failed' && end.kind !== 'stopped') one.wrong.push(`upload ended as ${end.kind}`);
    else if (end.kind === 'failed' && end.code === 'internal') one.wrong.push('upload ended as internal');
    await this.#checkLeaves(one, before);
    await this.#checkOrder(one);
    if (session.reopen) await this.#reopen();
  }

  async #reopen(): Promise<void> {
    const { dataDir } = this.#station;
    await this.#station.station.close();
    const next = await openTestStation({
      pace: this.#pace,
      timers: this.#timers,
      clock: () => this.#now,
      dataDir,
    });
    const first = this.#station;
    this.#station = {
      ...next,
      dataDir,
      close: async () => {
        await next.close();
        await first.close();
      },
    };
  }

  /** Half of the scripts end with a quiet upload, the others in the middle; all are looked at again. */
  async #end(one: Case): Promise<void> {
    const isQuiet = one.script.random() < 0.5;
    this.#server.forgetFailures();
    if (isQuiet) {
      const none = { faults: new Map(), clockJump: 0, stopAt: null, reopen: false, serverEdit: false };
      await this.#session(one, { ...none, newPassword: false }, async () => {});
    }
    await this.#compare();
    await this.#checkEnd(one, isQuiet);
  }

  // What must hold

  #checkResult(one: Case, result: UploadResult): void {
    one.uploads.push(result);
    // Everything that was sent came to exactly one end; what the server had is counted apart.
    const { sent, accepted, refused, failed, already } = result;
    const others = result.lapsed.length + (result.waiting?.length ?? 0);
    const ends = accepted + refused.length + failed.length + already + others;
    if (sent > ends || sent < accepted) one.wrong.push(`the totals do not add up: ${JSON.stringify(result)}`);
    // An edit that is joined with the server's takes along the joined version and the closing of what lost.
    const made = one.wasEdited ? 2 : 0;
    if (result.error === null && (ends < one.waiting || ends > one.waiting + made))
      one.wrong.push(`${one.waiting} were to go, ${ends} came to an end: ${JSON.stringify(result)}`);
    if (result.error === 'internal') one.wrong.push('an upload failed as internal');
    if (result.outcome === 'running') one.wrong.push('an upload that ended runs');
    for (const { reason } of [...result.refused, ...result.lapsed, ...(result.waiting ?? [])])
      if (reason === '') one.wrong.push('an unreadable record has no reason');
  }

  async #checkEnd(one: Case, isQuiet: boolean): Promise<void> {
    const rows = new Map((await this.#changes(one.batch)).map((row) => [keyOf(row), row]));
    for (const key of one.approved) {
      const row = rows.get(keyOf(key));
      const held = await this.#serverHolds(key);
      if (row === undefined) one.wrong.push(`${keyOf(key)} is forgotten`);
      else if (row.state === 'accepted' && !held) one.wrong.push(`${keyOf(key)} is accepted and not there`);
      else if (!this.#isAccountedFor(one, row, held, isQuiet))
        one.wrong.push(`${keyOf(key)} is ${row.state} as ${row.class} (${row.reason ?? 'no reason'})`);
    }
    const { content } = await this.#station.ask('receipt.get', { batch: one.batch, format: 'json' });
    const receipt = JSON.parse(content) as Receipt;
    const accepted = one.approved.filter((key) => rows.get(keyOf(key))?.state === 'accepted').length;
    let there = 0;
    for (const key of one.approved) if (await this.#serverHolds(key)) there += 1;
    if (receipt.accepted > accepted) one.wrong.push(`the receipt says ${receipt.accepted} of ${accepted}`);
    if (receipt.accepted > there) one.wrong.push(`the receipt says ${receipt.accepted}, the server ${there}`);
    // Nothing in between: what the server holds of the approved is accepted, or the last word is still out.
    if (isQuiet && accepted !== there) one.wrong.push(`accepted ${accepted}, the server holds ${there}`);
  }

  /** Accepted, refused or lapsed with a reason, or still waiting. */
  #isAccountedFor(one: Case, row: ChangeRow, held: boolean, isQuiet: boolean): boolean {
    switch (row.state) {
      case 'accepted':
        return held;
      case 'approved':
        return !isQuiet || row.reason !== null || row.refusal !== null;
      case 'sent':
        return !isQuiet;
      case 'open':
        if (row.refusal !== null) return row.refusal !== '';
        if (row.class === 'conflict' || row.class === 'older') return one.wasEdited || one.wasRestored;
        return one.wasRestored || one.uploads.some((upload) => upload.lapsed.some(({ id }) => id === row.id));
      case 'closed':
        return row.class === 'same';
      default:
        return false;
    }
  }

  /** Nothing came before what it needs: a report that the station sent is never there without its patient. */
  async #checkOrder(one: Case): Promise<void> {
    if (one.wasRestored) return;
    for (const { id } of one.brought.filter((key) => key.id.includes('-report-'))) {
      const stored = await this.#server
        .database()
        .get(id)
        .catch(() => null);
      const about = (stored?.fields as { patient_uuid?: string } | undefined)?.patient_uuid ?? '';
      const patient = one.brought.find((key) => key.id === about);
      if (patient !== undefined && !(await this.#serverHolds(patient)))
        one.wrong.push(`${id} is on the server without ${about}`);
    }
  }

  /** No document has more live leaves than before, and none under a revision that nobody approved. */
  async #checkLeaves(one: Case, before: ReadonlyMap<string, number>): Promise<void> {
    const approved = new Set(one.approved.map(keyOf));
    const joined = await this.#joinedVersions(one);
    for (const [id, live] of await this.#liveLeaves(one)) {
      if (live > Math.max(1, before.get(id) ?? 0)) one.wrong.push(`the station made a conflict of ${id}`);
    }
    for (const key of await this.#leaves(one)) {
      if (!one.known.has(keyOf(key)) && !approved.has(keyOf(key)) && !joined.has(keyOf(key)))
        one.wrong.push(`${keyOf(key)} is on the server and nobody approved it`);
    }
  }

  async #leaves(one: Case): Promise<(Key & { deleted: boolean })[]> {
    const leaves: (Key & { deleted: boolean })[] = [];
    for (const id of new Set(one.brought.map((key) => key.id))) {
      for (const { rev, deleted } of leavesOf(await revisionTree(this.#server.database(), id)))
        leaves.push({ id, rev, deleted });
    }
    return leaves;
  }

  async #liveLeaves(one: Case): Promise<Map<string, number>> {
    const live = new Map<string, number>();
    for (const { id, deleted } of await this.#leaves(one))
      live.set(id, (live.get(id) ?? 0) + (deleted ? 0 : 1));
    return live;
  }

  async #serverHolds({ id, rev }: Key): Promise<boolean> {
    const tree = await revisionTree(this.#server.database(), id);
    return [...revisionsOf(tree)].some((revision) => revision.rev === rev);
  }

  /** What the station made of an approved edit and the server's own: only of a record that the server edited. */
  async #joinedVersions(one: Case): Promise<ReadonlySet<string>> {
    if (!one.wasEdited) return new Set();
    const brought = new Set(one.brought.map(keyOf));
    const edited = new Set(one.approved.filter(({ id }) => id.includes('-old-')).map(({ id }) => id));
    const rows = await this.#changes(one.batch);
    return new Set(rows.filter((row) => edited.has(row.id) && !brought.has(keyOf(row))).map(keyOf));
  }

  async #changes(batch: string): Promise<readonly ChangeRow[]> {
    return (await this.#station.ask('changes.list', { batch, limit: 1000, sort: 'id', revisions: true }))
      .rows;
  }
}

function hasRestore(script: Script): boolean {
  return script.sessions.some((session) =>
    [...session.faults.values()].some(({ kind }) => kind === 'restore'),
  );
}

function keyOf({ id, rev }: Key): string {
  return join(id, rev);
}
