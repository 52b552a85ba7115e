/**
 * A small world for the model-based test: a practice server, phones that edit, delete, purge, sync and are
 * reset, and a station that is killed at random instants. Everything random comes from one seed.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { JobEnd } from '../../../shared/contract.ts';
import type { BatchRow, ChangeRow } from '../../../shared/review.ts';
import type { ImportResult } from '../../../shared/intake.ts';
import { UNUSUAL_RULES } from '../../../shared/unusual.ts';
import { asParent, contact, randomNumbers, report } from '../../../electron/practice/documents.ts';
import { Phone } from '../../../electron/practice/phone.ts';
import { revisionTree } from '../../../electron/practice/pouch.ts';
import { leavesOf } from '../../../electron/practice/revision-tree.ts';
import { startPracticeServer, type PracticeServer } from '../../../electron/practice/server.ts';
import { openTestStation, type TestStation } from '../../support/station.ts';
import { temporaryFolder } from '../../support/folder.ts';

const CLI = fileURLToPath(new URL('../../../electron/cli.ts', import.meta.url));
const WORKERS = ['chw1', 'chw2', 'chw3'] as const;

export class World {
  readonly random: () => number;
  readonly server: PracticeServer;
  readonly folder: ReturnType<typeof temporaryFolder>;
  readonly phones: Phone[] = [];
  /** What was done, for the message of a failure. */
  readonly story: string[] = [];
  /** Every dump that was offered to the station: where it lies, and the revisions that it carries. */
  readonly dumps: { readonly path: string; readonly revs: readonly { id: string; rev: string }[] }[] = [];
  /** Revisions that reached the server while the station, and nothing else, was sending. */
  readonly sentByStation: { readonly user: string; readonly id: string; readonly rev: string }[] = [];
  station: TestStation;
  #count = 0;

  private constructor(
    seed: number,
    server: PracticeServer,
    station: TestStation,
    folder: ReturnType<typeof temporaryFolder>,
  ) {
    this.random = randomNumbers(seed);
    this.server = server;
    this.station = station;
    this.folder = folder;
  }

  static async make(seed: number): Promise<World> {
    const server = await startPracticeServer({ seed });
    const folder = temporaryFolder();
    const station = await openTestStation({ dataDir: join(folder.path, 'data') });
    const world = new World(seed, server, station, folder);
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
    this.folder.remove();
  }

  pick<Value>(list: readonly Value[]): Value {
    return list[Math.floor(this.random() * list.length)] as Value;
  }

  chance(share: number): boolean {
    return this.random() < share;
  }

  #tell(line: string): void {
    this.story.push(line);
  }

  // What happens on phones and on the server

  async newReport(phone: Phone): Promise<void> {
    const about = await this.#aDocument(phone, (doc) => doc['type'] === 'person');
    if (about === undefined) return;
    // Sometimes the other person on this phone writes it.
    const author = this.chance(0.15) ? this.pick(WORKERS) : phone.user;
    const place = author === 'chw2' ? 'hc2' : 'hc1';
    const by = { _id: `${place}-${author}`, parent: { _id: place, parent: { _id: 'district' } } };
    const id = `report-${phone.device}-${(this.#count += 1)}`;
    await phone.put(
      report({ id, form: 'home_visit', by, about, reportedAt: Date.now(), fields: { n: this.#count } }),
    );
    this.#tell(`${phone.user} reports ${id} by ${author}`);
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
    this.#tell(`${phone.user} adds ${id}`);
  }

  async edit(phone: Phone): Promise<void> {
    const id = await this.#aDocument(
      phone,
      (doc) => doc['type'] === 'person' || doc['type'] === 'data_record',
    );
    if (id === undefined) return;
    await phone.edit(id, () => ({ note: `note ${(this.#count += 1)}` }));
    this.#tell(`${phone.user} edits ${id}`);
  }

  async touch(phone: Phone): Promise<void> {
    const id = await this.#aDocument(phone, (doc) => doc['type'] === 'person');
    if (id === undefined) return;
    await phone.touch(id);
    this.#tell(`${phone.user} touches ${id}`);
  }

  async remove(phone: Phone): Promise<void> {
    const id = await this.#aDocument(phone, (doc) => doc['type'] === 'data_record');
    if (id === undefined) return;
    await phone.remove(id);
    this.#tell(`${phone.user} deletes ${id}`);
  }

  async purge(phone: Phone): Promise<void> {
    const id = await this.#aDocument(phone, (doc) => doc['type'] === 'data_record');
    if (id === undefined) return;
    await phone.purge(id);
    this.#tell(`${phone.user} purges ${id}`);
  }

  async sync(phone: Phone): Promise<void> {
    await phone.sync();
    await this.server.sentinel.settle();
    this.#tell(`${phone.user} syncs`);
  }

  async reset(phone: Phone): Promise<void> {
    await phone.reset(this.chance(0.5) ? `${phone.device}-new` : phone.device);
    await phone.firstSync();
    this.#tell(`${phone.user}'s phone is reset`);
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
    this.#tell(`the office edits ${doc._id}`);
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

  async exportDump(phone: Phone): Promise<string> {
    const plain = this.chance(0.25);
    const { name, bytes } = plain ? await phone.exportAllDocs() : await phone.exportStation();
    const at = join(this.folder.path, `dump-${this.dumps.length}`);
    mkdirSync(at);
    const path = join(at, name);
    writeFileSync(path, bytes);
    this.dumps.push({ path, revs: await this.#revisionsOf(phone, plain) });
    this.#tell(`${phone.user} exports dump ${this.dumps.length - 1} (${plain ? 'allDocs' : 'station'})`);
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
    this.#tell(`the station takes ${path.slice(this.folder.path.length + 1)}`);
    return this.station.take(path);
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
    await wait(250);
    this.#tell(`${args[0] ?? ''} is killed after ${after} ms`);
    this.station = await openTestStation({ dataDir: this.station.dataDir });
    for (const job of (await this.station.ask('jobs.list', {})).jobs) await this.station.wait(job.job);
  }

  passwordOf(user: string): string {
    return this.server.users.find((one) => one.user === user)?.password ?? '';
  }

  async batches(): Promise<readonly BatchRow[]> {
    return (await this.station.ask('batches.list', { limit: 1000 })).rows;
  }

  async changes(): Promise<ChangeRow[]> {
    const states = ['open', 'approved', 'held', 'sent', 'accepted', 'superseded', 'closed'] as const;
    const found: ChangeRow[] = [];
    for (;;) {
      const { rows, total } = await this.station.ask('changes.list', {
        states: [...states],
        revisions: true,
        offset: found.length,
        limit: 1000,
        sort: 'id',
      });
      found.push(...rows);
      if (found.length >= total || rows.length === 0) return found;
    }
  }

  async compare(user: string): Promise<void> {
    const { job } = await this.station.ask('compare.start', { user, password: this.passwordOf(user) });
    const end = await this.station.wait(job);
    if (end.kind !== 'compared') throw new Error(`compare ended as ${JSON.stringify(end)}`);
    this.#tell(`compared as ${user}`);
  }

  async approveOrdinary(): Promise<void> {
    for (const { batch } of await this.batches()) await this.station.ask('decide.approve', { batch });
    this.#tell('the clerk approves the ordinary ones');
  }

  async holdOne(): Promise<void> {
    const open = (await this.changes()).filter((change) => change.state === 'open' && change.class === 'new');
    if (open.length === 0) return;
    const { batch, id } = this.pick(open);
    await this.station.ask('decide.hold', { batch, ids: [id], reason: 'ask her' });
    this.#tell(`the clerk holds ${id}`);
  }

  /** Settles one conflict by keeping any of its sides. `false`: there was none. */
  async resolveOne(): Promise<boolean> {
    const { rows } = await this.station.ask('conflicts.list', { limit: 1000 });
    const settled = rows.filter((row) => row.leaves.length > 1);
    if (settled.length === 0) return false;
    const { id, leaves } = this.pick(settled);
    const keep = this.pick(
      leaves
        .filter((leaf) => !leaf.deleted)
        .map((leaf) => leaf.rev)
        .concat(leaves[0]?.rev ?? []),
    );
    const { losses } = await this.station.ask('conflict.losses', { id, keep });
    const losing = losses.map(({ path }) => [...path]);
    await this.station.ask('conflict.resolve', { id, seen: leaves.map((leaf) => leaf.rev), keep, losing });
    this.#tell(`the clerk keeps ${keep} of ${id}`);
    return true;
  }

  /** Uploads the batches of one health worker as that person. */
  async upload(user: string): Promise<JobEnd> {
    const batches = (await this.batches()).filter((batch) => batch.user === user).map((batch) => batch.batch);
    const { job } = await this.station.ask('upload.start', {
      user,
      password: this.passwordOf(user),
      batches,
    });
    const end = await this.station.wait(job);
    this.#tell(`uploaded as ${user}: ${JSON.stringify(end).slice(0, 300)}`);
    return end;
  }

  /** Somebody signs in to send all that waits: a colleague, a health worker said to be an account, an account said to be none. */
  async uploadAsStranger(): Promise<void> {
    // There must be something of others to go wrong with.
    for (const phone of this.phones) await this.compare(phone.user);
    await this.approveOrdinary();
    const user = this.pick([...WORKERS, 'sup_online']);
    const account = this.chance(0.5);
    const password = this.passwordOf(user);
    const asked = await this.station.ask('upload.start', { user, password, ...(account ? { account } : {}) });
    const end = await this.station.wait(asked.job);
    this.#tell(`${user} sends all${account ? ' as an account' : ''}: ${JSON.stringify(end).slice(0, 300)}`);
  }

  /** A hasty person approves each side of every conflict, over every refusal. */
  async approveBothSides(): Promise<void> {
    const { rows } = await this.station.ask('conflicts.list', { limit: 1000 });
    const ids = rows.map((row) => row.id);
    if (ids.length === 0) return;
    for (const { batch } of await this.batches())
      for (const refused of [false, true])
        await this.station.ask('decide.approve', { batch, ids, classes: ['conflict'], refused });
    this.#tell(`the clerk approves both sides of ${ids.join(', ')}`);
  }

  async approveDeletions(): Promise<void> {
    for (const { batch } of await this.batches())
      await this.station.ask('decide.approve', {
        batch,
        classes: ['deletion'],
        unusual: [...UNUSUAL_RULES],
      });
    this.#tell('the clerk approves the deletions');
  }

  /** What was deleted is wanted again after all. */
  async bringBackOne(): Promise<void> {
    for (const { batch } of await this.batches()) {
      if ((await this.station.ask('batch.get', { batch })).mayBringBack === 0) continue;
      await this.station.ask('decide.bring-back', { batch });
      this.#tell(`the clerk brings back what ${batch} deleted`);
      return;
    }
  }

  /** Everything that `work` writes to the server is the station's doing. Then sentinel works on it. */
  async watched(work: () => Promise<unknown>): Promise<void> {
    const before = this.server.audit.length;
    await work();
    this.sentByStation.push(...this.server.audit.slice(before));
    await this.server.sentinel.settle();
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
