/** Phones read directly: which are there, and the reading as a job that ends in the ordinary intake. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { JobEnd } from '../../../shared/contract.ts';
import type { PhoneInfo } from '../../../shared/phones.ts';
import { tellingStop } from '../../../shared/stopping.ts';
import { audit } from '../../ledger/audit.ts';
import { recordPhoneLeaves } from '../../ledger/parcels.ts';
import { recordPhoneRead, phoneReads, toldBefore } from '../../ledger/phone-reads.ts';
import { setting } from '../../ledger/settings.ts';
import type { LiveSetup, ReadNews } from '../../sources/live/readings.ts';
import type { LiveRead } from '../../sources/live/live.ts';
import type { Core } from '../core.ts';
import type { DeviceProcess } from '../../workers/devices/client.ts';
import { checkEncryption } from '../health/encryption.ts';
import type { IntakeHandle } from '../import/queue.ts';
import type { JobHandle } from '../jobs.ts';
import { localFile, type FileToTake } from '../import/files.ts';
import { takeFiles } from '../import/job.ts';

export interface ReadPhone {
  readonly phone: string;
  readonly app: string;
  readonly user: string;
  readonly whole: boolean;
}

/** What the device process has to know to read phones; `null` where the station does not read them. */
export function liveSetup({ options, folders }: Core): LiveSetup | null {
  const { live } = options;
  if (live === undefined) return null;
  return {
    keyFile: join(options.dataDir, 'adb-key'),
    // In practice nothing that is really plugged in is touched.
    port: options.practice?.phone?.path ?? live.port ?? null,
    usb: live.usb && options.practice?.phone === undefined,
    script: fileURLToPath(live.script),
    folder: folders.phones,
    timeouts: live.timeouts ?? null,
    sync: live.sync ?? null,
  };
}

export class Phones {
  readonly #core: Core;
  readonly #devices: DeviceProcess;
  readonly #reading = new Map<string, JobHandle>();

  constructor(core: Core, devices: DeviceProcess) {
    this.#core = core;
    this.#devices = devices;
  }

  /** The device process told how far a reading is. */
  told({ read, progress: { documents, total } }: ReadNews): void {
    this.#reading.get(read)?.progress({ done: documents, total, counts: { documents } });
  }

  /** The phones plugged in now, with debugging on. Looks at the apps that are open on them. */
  async list(): Promise<readonly PhoneInfo[]> {
    const found = await this.#devices.call('phones', { server: this.#server() });
    return found.map(({ phone, apps, trouble }) => ({
      phone: phone.key,
      name: phone.name,
      apps: apps.map(({ app, server, users }) => ({ app, server, people: users })),
      trouble,
    }));
  }

  /** Reads one person's records of a phone, and takes the dump that this makes. */
  async read(job: IntakeHandle, request: ReadPhone): Promise<JobEnd> {
    job.progress({ step: 'phone', unit: 'documents', subject: request.user });
    const read = await this.#readDump(job, request);
    const { opened, since, dump } = read;
    const reading = { user: opened.user, device: opened.device, why: since.why };
    if (dump === null) {
      this.#record(read, 0);
      return { kind: 'imported', imports: [], reading };
    }
    const end = await takeFiles(this.#core, job, [await dumpToTake(dump.path, dump.name)], {});
    const [taken] = end.imports;
    if (taken !== undefined && taken.outcome !== 'failed') this.#record(read, taken.documents.read);
    return { ...end, reading };
  }

  async #readDump(job: JobHandle, request: ReadPhone): Promise<LiveRead> {
    await checkEncryption(this.#core);
    const server = this.#server();
    const known = phoneReads(this.#core.db, request.user, server);
    const stop = (): void => void this.#devices.call('stopRead', { read: job.id }).catch(() => null);
    this.#reading.set(job.id, job);
    try {
      return await tellingStop(job.signal, stop, () =>
        this.#devices.call('readPhone', { read: job.id, request: { ...request, server, known } }),
      );
    } finally {
      this.#reading.delete(job.id);
    }
  }

  /** The next reading begins where this one ended. */
  #record({ opened, since, upTo, leaves }: LiveRead, documents: number): void {
    const { db, person, now } = this.#core;
    const { user, device, databaseId, server } = opened;
    db.transaction(() => {
      if (device !== null && databaseId !== null) {
        const before = toldBefore(db, { server, user, device, databaseId });
        const isTold = before.toldAt !== null && before.toldAt === opened.lastReplicatedAt;
        const receivedAt = isTold ? before.receivedAt : byOwnClock(opened, this.#core.clock());
        recordPhoneRead(db, { server, user, device, databaseId, sequence: upTo, readAt: now(), receivedAt });
        const found = { since: since.sequence, sequence: upTo, changed: leaves };
        recordPhoneLeaves(db, { server, user, device, databaseId }, found);
      }
      audit(db, { person, at: now() }, 'phone-read', {
        detail: { user, device, since: since.sequence, upTo, why: since.why, documents },
      });
    });
  }

  #server(): string | null {
    return setting(this.#core.db, 'server.url');
  }
}

/** Dumps that were read to their end just before the station was ended. */
export async function dumpsOfPhones({ folders }: Core): Promise<FileToTake[]> {
  const names = (await readdir(folders.phones)).filter((name) => name.endsWith('.chtdump')).sort();
  return Promise.all(names.map((name) => dumpToTake(join(folders.phones, name), name)));
}

async function dumpToTake(path: string, name: string): Promise<FileToTake> {
  const { mtimeMs, size } = await stat(path);
  return localFile({ path, name, bytes: size, modifiedMs: mtimeMs }, 'adb', true);
}

/** The phone's clock may be wrong; how long ago it was by that clock is true all the same. */
function byOwnClock({ lastReplicatedAt, now }: LiveRead['opened'], clock: number): string | null {
  const ago = Date.parse(now) - Date.parse(lastReplicatedAt ?? '');
  const at = new Date(clock - Math.max(0, ago));
  return Number.isNaN(at.getTime()) ? null : at.toISOString();
}
