/**
 * A small world for the model-based test: a practice server, phones that edit, delete, purge, sync and are
 * reset, and a station that is killed at random instants. Everything random comes from one seed.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { StationError } from '../../../shared/errors.ts';
import type { ImportResult } from '../../../shared/intake.ts';
import { asParent, contact, randomNumbers, report } from '../../../electron/practice/documents.ts';
import { Phone } from '../../../electron/practice/phone.ts';
import { revisionTree } from '../../../electron/practice/pouch.ts';
import { leavesOf } from '../../../electron/practice/revision-tree.ts';
import { startPracticeServer, type PracticeServer } from '../../../electron/practice/server.ts';
import { openTestStation, type TestStation } from '../../support/station.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { smallDisk, type SmallDisk } from '../../support/small-disk.ts';
import { damageOnce, damageReplicaOnce } from '../../faults/damage-script.ts';

const CLI = fileURLToPath(new URL('../../../electron/cli.ts', import.meta.url));
export const WORKERS = ['chw1', 'chw2', 'chw3'] as const;
/** Whom the server believes everything: a station account. */
export const ACCOUNT = 'sup_online';

export class World {
  readonly random: () => number;
  readonly server: PracticeServer;
  readonly folder: ReturnType<typeof temporaryFolder>;
  readonly phones: Phone[] = [];
  /** What was done, for the message of a failure. */
  readonly story: string[] = [];
  /** Every dump that was offered to the station: where it lies, and the revisions that it carries. */
  readonly dumps: {
    readonly path: string;
    readonly revs: readonly { id: string; rev: string }[];
    /** Whom a person at the station names as the owner: nothing in the dump tells. */
    readonly said?: string;
  }[] = [];
  /** What the station sent, as the server saw it, whether the server took it or not. */
  readonly sentByStation: { readonly user: string; readonly id: string; readonly rev: string }[] = [];
  /** What of it the server took. */
  readonly takenFromStation: { readonly user: string; readonly id: string; readonly rev: string }[] = [];
  /** Whose phones carried each document in a dump: what the station has to know whose a record is. */
  readonly carriers = new Map<string, Set<string>>();
  /** Documents of which somebody at the station said that they are to be deleted. */
  readonly mayBeDeleted = new Set<string>();
  station: TestStation;
  /** Where the data folder lies; `null`: this computer lets nobody mount one, and no disk is ever full. */
  readonly disk: SmallDisk | null;
  #count = 0;

  private constructor(
    seed: number,
    server: PracticeServer,
    station: TestStation,
    folder: ReturnType<typeof temporaryFolder>,
    disk: SmallDisk | null,
  ) {
    this.random = randomNumbers(seed);
    this.server = server;
    this.station = station;
    this.folder = folder;
    this.disk = disk;
  }

  static async make(seed: number): Promise<World> {
    const server = await startPracticeServer({ seed });
    const folder = temporaryFolder();
    const disk = smallDisk(512);
    const station = await open(join(disk?.path ?? folder.path, 'data'));
    const world = new World(seed, server, station, folder, disk);
    await station.ask('server.set', { url: server.url });
    for (const [at, user] of WORKERS.entries()) {
      const phone = new Phone({ user, device: `phone-${at}`, server });
      await phone.firstSync();
      world.phones.push(phone);
    }
    return world;
  }

  async end(): Promise<void> {
    await this.station.close();
    for (const phone of this.phones) await phone.destroy();
    await this.server.close();
    this.disk?.remove();
    this.folder.remove();
  }

  pick<Value>(list: readonly Value[]): Value {
    return list[Math.floor(this.random() * list.length)] as Value;
  }

  chance(share: number): boolean {
    return this.random() < share;
  }

  tell(line: string): void {
    this.story.push(line);
  }

  // What happens on phones and on the server

  /** Answers its id. `alone`: by the phone's own person. */
  async newReport(phone: Phone, alone = false): Promise<string | undefined> {
    const about = await this.#aDocument(phone, (doc) => doc['type'] === 'person');
    if (about === undefined) return undefined;
    // Sometimes the other person on this phone writes it.
    const author = !alone && this.chance(0.15) ? this.pick(WORKERS) : phone.user;
    const place = author === 'chw2' ? 'hc2' : 'hc1';
    const by = { _id: `${place}-${author}`, parent: { _id: place, parent: { _id: 'district' } } };
    const id = `report-${phone.device}-${(this.#count += 1)}`;
    await phone.put(
      report({ id, form: 'home_visit', by, about, reportedAt: Date.now(), fields: { n: this.#count } }),
    );
    this.tell(`${phone.user} reports ${id} by ${author}`);
    return id;
  }

  async newPerson(phone: Phone): Promise<void> {
    const home = await this.#aDocument(phone, (doc) => doc['type'] === 'clinic');
    if (home === undefined) return;
    const doc = await phone.db.get(home);
    const id = `person-${phone.device}-${(this.#count += 1)}`;
    await phone.put(
      contact({
        id,
        type: 'person',
        name: `Person ${this.#count}`,
        parent: asParent(doc),
        reportedAt: Date.now(),
      }),
    );
    this.tell(`${phone.user} adds ${id}`);
  }

  /** `chosen`: this document. */
  async edit(phone: Phone, chosen?: string): Promise<void> {
    const id =
      chosen ??
      (await this.#aDocument(phone, (doc) => doc['type'] === 'person' || doc['type'] === 'data_record'));
    if (id === undefined) return;
    await phone.edit(id, () => ({ note: `note ${(this.#count += 1)}` }));
    this.tell(`${phone.user} edits ${id}`);
  }

  async touch(phone: Phone): Promise<void> {
    const id = await this.#aDocument(phone, (doc) => doc['type'] === 'person');
    if (id === undefined) return;
    await phone.touch(id);
    this.tell(`${phone.user} touches ${id}`);
  }

  async remove(phone: Phone): Promise<void> {
    const id = await this.#aDocument(phone, (doc) => doc['type'] === 'data_record');
    if (id === undefined) return;
    await phone.remove(id);
    this.tell(`${phone.user} deletes ${id}`);
  }

  /** A grudge, or a slip: everything that the person reported goes at once. */
  async removeMany(phone: Phone): Promise<void> {
    const { rows } = await phone.db.allDocs({ include_docs: true });
    const ids = rows.flatMap(({ doc }) => (doc?.['type'] === 'data_record' ? [doc._id] : [])).slice(0, 8);
    for (const id of ids) await phone.remove(id);
    this.tell(`${phone.user} deletes ${ids.join(', ')}`);
  }

  /** Two people go on from one version of a person, in the same field. Answers whom of both edited. */
  async editOnBoth(one: Phone, other: Phone): Promise<string | undefined> {
    const theirs = new Set((await other.db.allDocs()).rows.map(({ id }) => id));
    const id = await this.#aDocument(one, ({ _id, type }) => type === 'person' && theirs.has(String(_id)));
    if (id === undefined) return undefined;
    await this.edit(one, id);
    await this.edit(other, id);
    return id;
  }

  async purge(phone: Phone): Promise<void> {
    const id = await this.#aDocument(phone, (doc) => doc['type'] === 'data_record');
    if (id === undefined) return;
    await phone.purge(id);
    this.tell(`${phone.user} purges ${id}`);
  }

  async sync(phone: Phone): Promise<void> {
    await phone.sync();
    await this.server.sentinel.settle();
    this.tell(`${phone.user} syncs`);
  }

  async reset(phone: Phone): Promise<void> {
    await phone.reset(this.chance(0.5) ? `${phone.device}-new` : phone.device);
    await phone.firstSync();
    this.tell(`${phone.user}'s phone is reset`);
  }

  async editOnServer(): Promise<void> {
    const database = this.server.database();
    const { rows } = await database.allDocs({ include_docs: true });
    // The same few documents that the phones edit, so that both sides meet.
    const fits = (type: string) =>
      rows.flatMap(({ doc }) => (doc?.['type'] === type && !doc._id.startsWith('hc3') ? [doc] : []));
    const doc = this.pick([
      ...fits('person')
        .filter((one) => one._id.includes('home'))
        .slice(0, 5),
      ...fits('data_record').slice(0, 5),
    ]);
    await database.put({ ...doc, office: (this.#count += 1) });
    await this.server.sentinel.settle();
    this.tell(`the office edits ${doc._id}`);
  }

  async #aDocument(
    phone: Phone,
    fits: (doc: Record<string, unknown>) => boolean,
  ): Promise<string | undefined> {
    const { rows } = await phone.db.allDocs({ include_docs: true });
    const ids = rows.flatMap(({ doc }) =>
      doc && fits(doc) && !/-chw\d$|-sup-/.test(doc._id) ? [doc._id] : [],
    );
    const few = [...ids.slice(0, 5), ...ids.slice(-3)];
    return few.length === 0 ? undefined : this.pick(few);
  }

  // What happens at the station

  /** `plain`: a listing, without the history of anything. */
  async exportDump(phone: Phone, plain = this.chance(0.25)): Promise<string> {
    const { name, bytes } = plain ? await phone.exportAllDocs() : await phone.exportStation();
    const at = join(this.folder.path, `dump-${this.dumps.length}`);
    mkdirSync(at);
    const path = join(at, name);
    writeFileSync(path, bytes);
    const revs = await this.#revisionsOf(phone, plain);
    this.dumps.push({ path, revs });
    for (const { id } of revs)
      this.carriers.set(id, (this.carriers.get(id) ?? new Set<string>()).add(phone.user));
    this.tell(`${phone.user} exports dump ${this.dumps.length - 1} (${plain ? 'allDocs' : 'station'})`);
    return path;
  }

  /** A list with one record of this phone, changed by hand: the revision is the same, and something else is in it. */
  async forge(phone: Phone): Promise<string | undefined> {
    const id = await this.#aDocument(
      phone,
      (doc) => doc['type'] === 'person' || doc['type'] === 'data_record',
    );
    if (id === undefined) return undefined;
    const doc = { ...(await phone.db.get(id)), note: `forged ${(this.#count += 1)}` };
    const rows = [{ id, key: id, value: { rev: doc._rev }, doc }];
    const at = join(this.folder.path, `dump-${this.dumps.length}`);
    mkdirSync(at);
    const path = join(at, `medic-user-${phone.user}-alldocs.json`);
    writeFileSync(path, JSON.stringify({ total_rows: 1, offset: 0, rows }));
    this.dumps.push({ path, revs: [{ id, rev: doc._rev }], said: phone.user });
    this.carriers.set(id, (this.carriers.get(id) ?? new Set<string>()).add(phone.user));
    this.tell(`somebody changes ${id} ${doc._rev} in a list of ${phone.user}, dump ${this.dumps.length - 1}`);
    return path;
  }

  async #revisionsOf(phone: Phone, plain: boolean): Promise<{ id: string; rev: string }[]> {
    if (plain) {
      const { rows } = await phone.db.allDocs();
      return rows.map((row) => ({ id: row.key, rev: row.value?.rev ?? '' }));
    }
    const { results } = await phone.db.changes({ style: 'all_docs' });
    const found: { id: string; rev: string }[] = [];
    for (const { id, changes } of results) {
      for (const { rev } of changes) {
        const doc = await phone.db.get(id, { rev });
        if (doc['purged'] !== true) found.push({ id, rev });
      }
    }
    return found;
  }

  async take(path: string): Promise<ImportResult> {
    this.tell(`the station takes ${path.slice(this.folder.path.length + 1)}`);
    const user = this.dumps.find((dump) => dump.path === path)?.said;
    return user === undefined ? this.station.take(path) : this.station.take(path, undefined, { user });
  }

  /** Runs a command in a process of its own, kills it at a random instant, and opens the station again. */
  async killed(args: readonly string[], password?: string): Promise<void> {
    await this.station.close();
    // Most of the first half second is the start of the program itself.
    const after = 250 + Math.floor(this.random() * 700);
    const child = spawn(process.execPath, [CLI, ...args, '--data', this.station.dataDir], {
      stdio: 'ignore',
      env: { ...process.env, STATION_PASSWORD: password ?? '' },
    });
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    await Promise.race([wait(after), ended]);
    child.kill('SIGKILL');
    await ended;
    // A request that was on its way is still answered by the server; what follows must not race with it.
    await this.server.answered();
    this.tell(`${args[0] ?? ''} is killed after ${after} ms`);
    // What cuts the power may damage the store as well, and the next start may find the disk full.
    const isDamaged = this.chance(0.3);
    if (isDamaged) this.tell(`and damaged: ${damageReplicaOnce(this.station.dataDir, this.random)}`);
    if (isDamaged && this.chance(0.3)) await this.#startOnFullDisk();
    await this.#reopen();
    if (isDamaged) await this.#isWhole();
  }

  async #startOnFullDisk(): Promise<void> {
    if (this.disk === null) return;
    const leave = Math.floor(this.random() ** 2 * 1_500_000);
    this.disk.fill(leave);
    try {
      await this.#reopen();
      this.tell(`a start with ${leave} bytes free`);
      await this.station.close();
    } catch (error) {
      if (!(error instanceof StationError) || error.code !== 'disk-full') throw error;
      this.tell(`no start with ${leave} bytes free`);
    } finally {
      this.disk.free();
    }
  }

  async #reopen(): Promise<void> {
    this.station = await open(this.station.dataDir);
    await this.#jobsEnd();
  }

  async #jobsEnd(): Promise<void> {
    for (const { job } of (await this.station.ask('jobs.list', {})).jobs) await this.station.wait(job);
  }

  /** Somebody stops an import in the middle; it is taken again another day. */
  async stopped(path: string): Promise<void> {
    const job = await this.station.start(path);
    const turns = Math.floor(this.random() * 6);
    for (let turn = 0; turn < turns; turn += 1) await this.station.ask('jobs.list', {});
    await this.station.ask('job.stop', { job }).catch(() => {});
    const end = await this.station.wait(job);
    this.tell(`an import is stopped after ${turns} turns: ${end.kind}`);
  }

  /** The disk is full while something is done, which may fail with that and nothing else; sometimes it still is at a restart. */
  async onFullDisk(what: string, work: () => Promise<unknown>): Promise<void> {
    if (this.disk === null) return;
    const leave = Math.floor(this.random() ** 2 * 1_500_000);
    this.disk.fill(leave);
    const end = await work().then(
      () => 'done',
      (error: unknown) => (error instanceof StationError ? error.code : String(error)),
    );
    this.tell(`${what} with ${leave} bytes free: ${end}`);
    if (!['done', 'disk-full', 'replica-failed'].includes(end))
      throw new Error(`${what} on a full disk ended with ${end}\n${this.station.log.slice(-5).join('\n')}`);
    if (this.chance(0.5)) {
      await this.station.close();
      this.station = await open(this.station.dataDir);
      await this.#jobsEnd();
      if (this.chance(0.5)) await this.station.close();
      this.disk.free();
      await this.station.close();
      await this.#reopen();
    }
    this.disk.free();
  }

  /** The station is closed, its files are damaged, and it is repaired: nothing is lost. */
  async damaged(): Promise<void> {
    await this.station.close();
    this.tell(`damaged: ${damageOnce(this.station.dataDir, this.random)}`);
    await this.#reopen();
    await this.#isWhole();
  }

  /** All is repaired, and nothing is missing. */
  async #isWhole(): Promise<void> {
    await this.station.ask('health.repair', {});
    await this.#jobsEnd();
    const { ledger, store } = await this.station.ask('health.get', {});
    const isWhole = ledger.restored === null || ledger.restored.complete;
    if (ledger.state !== 'good' || store.state !== 'good' || !isWhole)
      throw new Error(`not whole again: ${JSON.stringify({ ledger, store })}\n${this.story.join('\n')}`);
  }

  passwordOf(user: string): string {
    return this.server.users.find((one) => one.user === user)?.password ?? '';
  }

  /** How many live leaves each document on the server has. */
  async liveLeaves(): Promise<Map<string, number>> {
    const database = this.server.database();
    const live = new Map<string, number>();
    const { results } = await database.changes();
    for (const { id } of results) {
      const leaves = leavesOf(await revisionTree(database, id));
      live.set(id, leaves.filter((leaf) => !leaf.deleted).length);
    }
    return live;
  }
}

/** On a small disk it takes every import, however small its room is. */
function open(dataDir: string): Promise<TestStation> {
  return openTestStation({ dataDir, freeBytes: () => Promise.resolve(1_000_000_000) });
}
