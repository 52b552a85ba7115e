/**
 * Fetches what the server has for a person that the person's phone lacks, with the person's own right: nobody else is
 * told what belongs on a phone. Compared with the phone as it was last read.
 */
import type { JobEnd } from '../../../shared/contract.ts';
import { StationError } from '../../../shared/errors.ts';
import { isProgram, LEFT_OUT, type LeftOut, type ParcelInfo } from '../../../shared/parcel.ts';
import { removeHere } from '../../disk/own-disk.ts';
import { audit } from '../../ledger/audit.ts';
import type { Database } from '../../ledger/database.ts';
import type { Key } from '../../ledger/keys.ts';
import { phoneLeaves, recordParcel, type ParcelRow, type PhoneLeaves } from '../../ledger/parcels.ts';
import { knownLeaves } from '../../ledger/phone-syncs.ts';
import { setSetting } from '../../ledger/settings.ts';
import type { ChtClient } from '../../upload/client.ts';
import type { Core } from '../core.ts';
import { checkEncryption } from '../health/encryption.ts';
import type { JobHandle } from '../jobs.ts';
import { recordVersion, serverUrl } from '../server/server.ts';
import { signIn } from '../server/sign-in.ts';
import { pauseToSavePower } from '../upload/power.ts';
import { checkDocument, PARCEL_LIMITS, type ParcelLimits } from './document.ts';
import { parcelPath, ParcelWriter } from './file.ts';

export interface PrepareParcel {
  readonly user: string;
  /** Without one: the login that is kept for the user. */
  readonly password?: string | undefined;
}

/** Documents fetched at once, and documents asked about at once. */
const FETCHED = 20;
const ASKED = 1000;

/** The server, asked with the right of the person whose phone it is. */
type Server = Pick<ChtClient, 'replication' | 'version' | 'revsDiff' | 'deletedAmong'>;

/**
 * With the person's login, whether the phone is there or not: it is of the phone of this person that was read last.
 * @throws StationError `parcel-unread`: no phone of this person was read; `parcel-not-offered`; what `signIn` throws
 */
export async function prepareParcel(
  core: Core,
  job: JobHandle,
  { user, password }: PrepareParcel,
  limits: ParcelLimits = PARCEL_LIMITS,
): Promise<JobEnd> {
  const server = serverUrl(core);
  const phone = phoneLeaves(core.db, user, server);
  if (phone === null) throw new StationError('parcel-unread');
  job.progress({ step: 'sign-in', unit: 'documents', subject: user });
  const stopSaving = pauseToSavePower(core.options.power, job.gate);
  try {
    const client = await signIn(core, job, user, password);
    try {
      if (!client.isRestricted) throw new StationError('parcel-not-offered');
      return await new Preparing(core, job, { client, phone, limits }).run();
    } finally {
      await client.signOut();
    }
  } finally {
    stopSaving();
  }
}

/** One parcel in the making. */
export class Preparing {
  readonly #core: Core;
  readonly #job: JobHandle;
  readonly #client: Server;
  readonly #phone: PhoneLeaves;
  readonly #limits: ParcelLimits;
  readonly #onPhone: ReadonlyMap<string, readonly string[]>;
  readonly #leftOut = Object.fromEntries(LEFT_OUT.map((why) => [why, 0])) as Record<LeftOut, number>;

  constructor(
    core: Core,
    job: JobHandle,
    { client, phone, limits }: { client: Server; phone: PhoneLeaves; limits: ParcelLimits },
  ) {
    this.#core = core;
    this.#job = job;
    this.#client = client;
    this.#phone = phone;
    this.#limits = limits;
    this.#onPhone = new Map(phone.leaves.map(([id = '', ...revs]) => [id, revs]));
  }

  async run(): Promise<JobEnd> {
    const { server, user, device, databaseId } = this.#phone;
    await checkEncryption(this.#core);
    this.#job.progress({ step: 'ask' });
    this.#core.db.transaction(() => setSetting(this.#core.db, 'server.used', 'yes'));
    const version = await recordVersion(this.#core, this.#client);
    // Before anything is asked: what is delivered from now on is newer than this parcel.
    const madeAt = this.#core.now();
    const listed = await this.#client.replication.listed();
    if (listed === null) throw new StationError('parcel-not-offered');
    const { unproven, stubs } = await this.#unproven();
    const wanted = listed.filter(({ id, rev }) => !isProgram(id) && !this.#has(id, rev));
    const open = wanted.filter(({ id }) => !unproven.has(id));
    this.#leftOut.unproven = wanted.length - open.length;
    const writer = await ParcelWriter.begin(this.#core.folders.parcels, {
      server,
      user,
      device,
      databaseId,
      madeAt,
    });
    try {
      await this.#fetch(writer, open);
      await this.#deletes(
        writer,
        new Set(listed.map(({ id }) => id)),
        (id) => unproven.has(id) || stubs.has(id),
      );
      return await this.#record(await writer.finish(), version, madeAt);
    } catch (error) {
      await writer.discard();
      throw error;
    }
  }

  #has(id: string, rev: string): boolean {
    return this.#onPhone.get(id)?.includes(rev) === true;
  }

  /**
   * Documents of which the phone has a version that the server is not proven to have. What the app never sends, its own
   * stubs of what it dropped for one, is nobody's work.
   */
  async #unproven(): Promise<{ unproven: ReadonlySet<string>; stubs: ReadonlySet<string> }> {
    const missing: Key[] = [];
    const all = [...this.#onPhone].filter(([id]) => !isProgram(id));
    for (let at = 0; at < all.length; at += ASKED) {
      const some = new Map(all.slice(at, at + ASKED));
      const answer = await this.#client.revsDiff(Object.fromEntries(some));
      for (const [id, revs] of some)
        for (const rev of revs) if (answer.get(id)?.missing.includes(rev) === true) missing.push({ id, rev });
    }
    return sorted(this.#core.db, missing);
  }

  async #fetch(writer: ParcelWriter, wanted: readonly Key[]): Promise<void> {
    const { documents: most, bytes } = this.#limits;
    this.#job.progress({ step: 'fetch', done: 0, total: wanted.length });
    for (let at = 0; at < wanted.length; at += FETCHED) {
      if (this.#job.signal.aborted) throw new StationError('cancelled');
      const some = wanted.slice(at, at + FETCHED);
      const found = await this.#client.replication.documents(some);
      for (const { id, rev } of some) {
        const doc = found.find((one) => one['_id'] === id && one['_rev'] === rev);
        await this.#add(writer, doc, this.#onPhone.get(id) ?? []);
      }
      if (writer.bytes > bytes || at > most) throw new StationError('parcel-too-large');
      this.#job.progress({ done: at + some.length });
    }
  }

  async #add(
    writer: ParcelWriter,
    doc: Record<string, unknown> | undefined,
    leaves: readonly string[],
  ): Promise<void> {
    const text = JSON.stringify(doc);
    const checked = doc === undefined ? 'gone' : checkDocument(doc, text, this.#limits);
    if (typeof checked === 'string') this.#leftOut[checked] += 1;
    else await writer.document(text, leaves);
  }

  /** Only of what the server has in the one version that the phone has. */
  async #deletes(
    writer: ParcelWriter,
    listed: ReadonlySet<string>,
    isLeftAlone: (id: string) => boolean,
  ): Promise<void> {
    const asked = [...this.#onPhone].flatMap(([id, revs]) => {
      const [rev] = revs;
      if (rev === undefined || revs.length > 1 || listed.has(id) || isProgram(id) || isLeftAlone(id))
        return [];
      return [{ id, rev }];
    });
    const removed = await this.#client.deletedAmong(asked.map(({ id }) => id));
    for (const one of asked) if (removed?.has(one.id) === true) await writer.delete(one);
  }

  async #record(
    file: Pick<ParcelRow, 'sha256' | 'bytes' | 'documents' | 'deletes'>,
    version: string | null,
    madeAt: string,
  ): Promise<JobEnd> {
    const core = this.#core;
    const { server, user, device, databaseId, sequence } = this.#phone;
    const skipped = Object.values(this.#leftOut).reduce((sum, one) => sum + one, 0);
    const row = {
      server,
      user,
      device,
      databaseId,
      sequence,
      version,
      madeAt,
      ...file,
      skipped,
      madeBy: core.person,
    };
    const { documents, deletes } = file;
    let before: string | null = null;
    core.db.transaction(() => {
      before = recordParcel(core.db, row);
      audit(core.db, { person: core.person, at: core.now() }, 'parcel-prepared', {
        detail: { user, device, sha256: file.sha256, documents, deletes, leftOut: this.#leftOut, version },
      });
    });
    if (before !== null) await removeHere(parcelPath(core.folders.parcels, before)).catch(() => {});
    core.changed('parcels');
    return {
      kind: 'prepared',
      prepared: { parcel: infoOf({ ...row, appliedAt: null }), leftOut: this.#leftOut },
    };
  }
}

function sorted(
  db: Database,
  missing: readonly Key[],
): { unproven: ReadonlySet<string>; stubs: ReadonlySet<string> } {
  const unproven = new Set<string>();
  const stubs = new Set<string>();
  for (const leaf of knownLeaves(db, missing)) (leaf.known === 'never-sent' ? stubs : unproven).add(leaf.id);
  return { unproven, stubs };
}

export function infoOf(row: ParcelRow): ParcelInfo {
  const { user, device, madeAt, documents, deletes, skipped, bytes, appliedAt } = row;
  return { user, device, madeAt, documents, deletes, skipped, bytes, appliedAt };
}
