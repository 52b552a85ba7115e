/**
 * Writes a parcel to the phone that it was made for: the phone is read first, then its app is given what it lacks, by its
 * own database. Nothing is written to a document in which the phone has work that the server is not proven to have. Ended
 * at any point, the phone is as after an interrupted download, and the next time goes on.
 */
import type { JobEnd } from '../../../shared/contract.ts';
import { StationError, type ErrorCode } from '../../../shared/errors.ts';
import {
  isConfiguration,
  mayWrite,
  noParcelEnds,
  type ParcelApplied,
  type ParcelEnd,
} from '../../../shared/parcel.ts';
import { versionsDiffer } from '../../../shared/phone-sync.ts';
import { orderForSending } from '../../../shared/sending-order.ts';
import { tellingStop } from '../../../shared/stopping.ts';
import { wait } from '../../../shared/timers.ts';
import type { AppState, Opened, ParcelBatch, ParcelWritten } from '../../../shared/web-view/protocol.ts';
import { audit } from '../../ledger/audit.ts';
import {
  deliveredSince,
  parcels,
  phoneLeaves,
  recordParcelApplied,
  type ParcelRow,
} from '../../ledger/parcels.ts';
import type { DeviceProcess } from '../../workers/devices/client.ts';
import type { Core } from '../core.ts';
import type { IntakeHandle } from '../import/queue.ts';
import type { JobHandle } from '../jobs.ts';
import { serverUrl } from '../server/server.ts';
import type { Phones } from '../sources/phones.ts';
import { Parcel, type Delete, type Entry } from './file.ts';

export interface ApplyParcel {
  readonly phone: string;
  readonly app: string;
  readonly user: string;
}

/** One batch: documents, and bytes of their JSON. A document alone may be larger. */
const BATCH = { documents: 50, bytes: 2 * 1024 * 1024 } as const;
/** Room for what is written, and for what the browser keeps beside it. */
const ROOM = 3;
/** The app works on what it is given: it writes tasks meanwhile. So often in a row a batch is decided anew. */
const DECIDED = 40;
const AGAIN_MS = 250;

const CODES: Readonly<Record<Exclude<AppState['kind'], 'ready'>, ErrorCode>> = {
  'other-person': 'app-other-person',
  'works-online': 'app-works-online',
  'other-database': 'parcel-other-phone',
  unfinished: 'phone-unfinished',
  'form-open': 'phone-form-open',
};

export class ParcelApplications {
  readonly #core: Core;
  readonly #devices: DeviceProcess;
  readonly #phones: Phones;

  constructor(core: Core, devices: DeviceProcess, phones: Phones) {
    this.#core = core;
    this.#devices = devices;
    this.#phones = phones;
  }

  /**
   * @throws StationError `parcel-none`, `parcel-other-phone`, `parcel-other-person`, `parcel-other-server`, `parcel-old`,
   *   `parcel-damaged`, `parcel-too-large`, `parcel-gone`, `phone-form-open`, `phone-unfinished`, `phone-full`,
   *   `parcel-phone-unread`, `app-other-person`, `app-works-online`, what reading a
   *   phone throws. Once something may have been written, the end says how far it came.
   */
  async run(job: IntakeHandle, request: ApplyParcel): Promise<JobEnd> {
    const { phone, app, user } = request;
    const server = serverUrl(this.#core);
    // Without a parcel nothing need be read.
    if (!parcels(this.#core.db, server).some((one) => one.user === user))
      throw new StationError('parcel-none');
    const end = await this.#phones.read(job, { ...request, whole: false });
    if (end.kind === 'imported' && end.imports.some(({ outcome }) => outcome === 'failed'))
      throw new StationError('parcel-phone-unread');
    const sync = job.id;
    try {
      const { opened } = await this.#call(job, () =>
        this.#devices.call('openSync', { sync, request: { phone, app, user, server } }),
      );
      const row = rowFor(this.#core, server, opened);
      const parcel = await Parcel.open(this.#core.folders.parcels, row.sha256);
      try {
        checkWhose(parcel, server, opened);
        return { kind: 'applied', applied: await this.#apply(job, parcel, row, opened) };
      } finally {
        await parcel.close();
      }
    } finally {
      await this.#devices.call('closeSync', { sync }).catch(() => null);
    }
  }

  async #apply(job: JobHandle, parcel: Parcel, row: ParcelRow, opened: Opened): Promise<ParcelApplied> {
    const core = this.#core;
    const phone: PhoneCalls = {
      state: () =>
        this.#call(job, () =>
          this.#devices.call('appState', {
            sync: job.id,
            of: { user: row.user, databaseId: row.databaseId },
          }),
        ),
      leaves: (after) => this.#call(job, () => this.#devices.call('leaves', { sync: job.id, after })),
      write: (batch) => this.#call(job, () => this.#devices.call('writeParcel', { sync: job.id, batch })),
    };
    await ready(phone, parcel);
    const known = phoneLeaves(core.db, row.user, row.server, row);
    const writing = new Writing(core, job, { parcel, phone, row, app: opened.app.cht }, known);
    job.progress({
      step: 'write',
      done: 0,
      total: parcel.entries.length + parcel.deletes.length,
      unit: 'documents',
      counts: {},
    });
    const error = await writing.run();
    const { user, device, madeAt, skipped, sha256 } = row;
    const applied: ParcelApplied = {
      user,
      device,
      madeAt,
      skipped,
      outcome: error === null ? 'done' : error === 'cancelled' ? 'stopped' : 'cut',
      error: error === 'cancelled' ? null : error,
      counts: writing.counts,
    };
    const at = core.now();
    core.db.transaction(() => {
      if (error === null) recordParcelApplied(core.db, sha256, at, writing.counts.failed === 0);
      audit(core.db, { person: core.person, at }, 'parcel-applied', {
        detail: { user, device, sha256, madeAt, outcome: applied.outcome, error, ...writing.counts },
      });
    });
    core.changed('parcels', 'batches');
    return applied;
  }

  #call<Value>(job: JobHandle, work: () => Promise<Value>): Promise<Value> {
    const stop = (): void => void this.#devices.call('stopRead', { read: job.id }).catch(() => null);
    return tellingStop(job.signal, stop, work);
  }
}

/** The parcel for this phone, and whether it may be used. */
function rowFor({ db }: Core, server: string, { user, device, databaseId }: Opened): ParcelRow {
  const rows = parcels(db, server).filter((one) => one.user === user);
  if (rows.length === 0) throw new StationError('parcel-none');
  const row = rows.find((one) => one.device === device && one.databaseId === databaseId);
  if (row === undefined) throw new StationError('parcel-other-phone');
  if (deliveredSince(db, user, row.madeAt)) throw new StationError('parcel-old');
  return row;
}

/** What the file itself says, whatever the ledger says of it. @throws StationError `parcel-other-server`, `parcel-other-person`, `parcel-other-phone` */
export function checkWhose(
  { manifest }: Pick<Parcel, 'manifest'>,
  server: string,
  { user, device, databaseId }: Pick<Opened, 'user' | 'device' | 'databaseId'>,
): void {
  if (manifest.server !== server) throw new StationError('parcel-other-server');
  if (manifest.user !== user) throw new StationError('parcel-other-person');
  if (manifest.device !== device || manifest.databaseId !== databaseId)
    throw new StationError('parcel-other-phone');
}

async function ready(phone: PhoneCalls, parcel: Parcel): Promise<void> {
  const { kind, room } = await phone.state();
  if (kind !== 'ready') throw new StationError(CODES[kind]);
  if (room !== null && room < ROOM * parcel.bytes) throw new StationError('phone-full');
}

interface PhoneCalls {
  state(): Promise<AppState>;
  leaves(after: number): Promise<{
    readonly leaves: readonly (readonly string[])[];
    readonly next: number;
    readonly end: boolean;
  }>;
  write(batch: ParcelBatch): Promise<ParcelWritten>;
}

interface Batch {
  readonly entries: readonly Entry[];
  readonly deletes: readonly Delete[];
}

class Writing {
  readonly counts = noParcelEnds();
  readonly #core: Core;
  readonly #job: JobHandle;
  readonly #parcel: Parcel;
  readonly #phone: PhoneCalls;
  readonly #row: ParcelRow;
  readonly #mayConfigure: boolean;
  /** The ends of the branches of each document, up to `#after`. */
  readonly #onPhone = new Map<string, readonly string[]>();
  #after: number;
  #entries: readonly Entry[];
  #deletes: readonly Delete[];

  constructor(
    core: Core,
    job: JobHandle,
    { parcel, phone, row, app }: { parcel: Parcel; phone: PhoneCalls; row: ParcelRow; app: string | null },
    known: { readonly sequence: number; readonly leaves: readonly (readonly string[])[] } | null,
  ) {
    this.#core = core;
    this.#job = job;
    this.#parcel = parcel;
    this.#phone = phone;
    this.#row = row;
    // Not known is not the same.
    this.#mayConfigure = app !== null && row.version !== null && !versionsDiffer(app, row.version);
    this.#after = known?.sequence ?? 0;
    for (const [id = '', ...revs] of known?.leaves ?? []) this.#onPhone.set(id, revs);
    this.#entries = orderForSending(parcel.entries);
    this.#deletes = parcel.deletes;
  }

  /** Why it ended early; `null`: all of it was gone through. */
  async run(): Promise<ErrorCode | null> {
    try {
      let again = 0;
      while (this.#entries.length + this.#deletes.length > 0) {
        const sequence = await this.#look();
        const batch = this.#nextBatch();
        if (batch.entries.length + batch.deletes.length === 0) continue;
        if (await this.#write(batch, sequence)) again = 0;
        else if ((again += 1) > DECIDED) throw new StationError('phone-busy');
        else await wait(this.#core.timers, AGAIN_MS, this.#job.signal);
      }
      return null;
    } catch (error) {
      if (this.#job.signal.aborted) return 'cancelled';
      if (error instanceof StationError) return error.code;
      throw error;
    }
  }

  /** What stands on the phone now. Answers the sequence for which that holds. */
  async #look(): Promise<number> {
    if (this.#job.signal.aborted) throw new StationError('cancelled');
    const { kind, sequence } = await this.#phone.state();
    if (kind !== 'ready') throw new StationError(CODES[kind]);
    for (let end = this.#after >= sequence; !end;) {
      const page = await this.#phone.leaves(this.#after);
      for (const [id = '', ...revs] of page.leaves) this.#onPhone.set(id, revs);
      this.#after = Math.max(this.#after, page.next);
      ({ end } = page);
    }
    return sequence;
  }

  /** What may be written is in it; what may not is counted, and done with. */
  #nextBatch(): Batch {
    const entries: Entry[] = [];
    let bytes = 0;
    let at = 0;
    for (const entry of this.#entries) {
      const why = this.#whyNot(entry);
      if (why !== null) this.#count(why);
      else if (entries.length > 0 && bytes + entry.length > BATCH.bytes) break;
      else {
        entries.push(entry);
        bytes += entry.length;
      }
      at += 1;
      if (entries.length >= BATCH.documents) break;
    }
    this.#entries = [...entries, ...this.#entries.slice(at)];
    // Only after all that comes has come.
    if (this.#entries.length > 0) return { entries, deletes: [] };
    const deletes: Delete[] = [];
    at = 0;
    for (const one of this.#deletes.slice(0, BATCH.documents)) {
      const onPhone = this.#onPhone.get(one.id) ?? [];
      if (onPhone.length === 0) this.#count('already');
      else if (onPhone.length > 1) this.#count('unproven');
      // Dropped already, or written to: the phone sees which.
      else deletes.push(one);
      at += 1;
    }
    this.#deletes = [...deletes, ...this.#deletes.slice(at)];
    return { entries, deletes };
  }

  #whyNot(entry: Entry): ParcelEnd | null {
    if (isConfiguration(entry.id) && !this.#mayConfigure) return 'version';
    return mayWrite(entry, this.#onPhone.get(entry.id) ?? []) ? null : 'unproven';
  }

  /** `false`: the phone has changed meanwhile, and nothing was written. */
  async #write({ entries, deletes }: Batch, sequence: number): Promise<boolean> {
    const { user, databaseId } = this.#row;
    const docs: string[] = [];
    for (const entry of entries) docs.push(await this.#parcel.document(entry));
    const { kind, results } = await this.#phone.write({ user, databaseId, sequence, docs, deletes });
    if (kind === 'moved') return false;
    if (kind !== 'ready') throw new StationError(CODES[kind]);
    const dropped = new Set(deletes.map(({ id }) => id));
    for (const [id, how] of results) {
      const done: ParcelEnd =
        how === 'written' && dropped.has(id) ? 'dropped' : how === 'changed' ? 'unproven' : how;
      this.#count(done);
    }
    this.#entries = this.#entries.slice(entries.length);
    this.#deletes = this.#deletes.slice(deletes.length);
    return true;
  }

  #count(end: ParcelEnd): void {
    this.counts[end] += 1;
    const done = Object.values(this.counts).reduce((sum, one) => sum + one, 0);
    const { written, dropped } = this.counts;
    this.#job.progress({ done, counts: { written, dropped } });
  }
}
