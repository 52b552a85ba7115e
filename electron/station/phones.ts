/** Phones read directly: which are there, and the reading as a job that ends in the ordinary intake. */
import { mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { JobEnd } from '../../shared/contract.ts';
import { StationError } from '../../shared/errors.ts';
import type { PhoneInfo } from '../../shared/phones.ts';
import { describeFailure } from '../failures.ts';
import { audit } from '../ledger/audit.ts';
import { notePhoneRead, phoneReads } from '../ledger/phone-reads.ts';
import { setting } from '../ledger/settings.ts';
import { AdbHub } from '../sources/adb/hub.ts';
import { libusbPort } from '../sources/adb/libusb.ts';
import { LivePhones, type LiveRead } from '../sources/phone/live.ts';
import type { Core } from './core.ts';
import type { JobHandle } from './jobs.ts';
import { takeFiles, type FileToTake } from './taking.ts';

/** Looking at all phones takes no longer: each step has its own patience, this is for all of them. */
const LOOK_MS = 60_000;

export interface ReadPhone {
  readonly phone: string;
  readonly app: string;
  readonly user: string;
  readonly whole: boolean;
}

export class Phones {
  readonly #core: Core;
  readonly #hub: AdbHub | null;
  readonly #live: LivePhones | null;

  constructor(core: Core) {
    this.#core = core;
    const { live } = core.options;
    if (live === undefined) {
      this.#hub = null;
      this.#live = null;
      return;
    }
    this.#hub = new AdbHub({
      keyFile: join(core.options.dataDir, 'adb-key'),
      ...(live.port === undefined ? {} : { port: live.port }),
      usb: live.usb ? libusbPort() : null,
    });
    this.#live = new LivePhones({
      hub: this.#hub,
      script: () => readFile(live.script, 'utf8'),
      folder: core.folders.phones,
      ...(live.patience === undefined ? {} : { patience: live.patience }),
    });
  }

  /** The phones plugged in now, with debugging on. Looks at the apps that are open on them. */
  async list(): Promise<readonly PhoneInfo[]> {
    const found = await this.#live?.list(this.#server(), AbortSignal.timeout(LOOK_MS));
    return (found ?? []).map(({ phone, apps, trouble }) => {
      if (trouble?.cause !== undefined)
        this.#core.log(`looking at a phone failed: ${trouble.code} ${describeFailure(trouble.cause)}`);
      return {
        phone: phone.key,
        name: phone.name,
        apps: apps.map(({ app, server, users }) => ({ app, server, people: users })),
        trouble: trouble?.code ?? null,
      };
    });
  }

  /** Reads one person's records of a phone, and takes the dump that this makes. */
  async read(job: JobHandle, request: ReadPhone): Promise<JobEnd> {
    const live = this.#live;
    if (live === null) throw new StationError('devices-blind');
    const server = this.#server();
    job.progress({ step: 'phone', unit: 'documents', subject: request.user });
    const read = await live.read(
      { ...request, server, known: phoneReads(this.#core.db, request.user, server) },
      job.signal,
      ({ documents, total }) => job.progress({ done: documents, total, counts: { documents } }),
    );
    const { opened, since, dump } = read;
    const reading = { user: opened.user, device: opened.device, why: since.why };
    if (dump === null) {
      this.#note(read, 0);
      return { kind: 'imported', imports: [], reading };
    }
    const end = await takeFiles(this.#core, job, [await fileOf(dump.path, dump.name)], {});
    const [taken] = end.imports;
    if (taken !== undefined && taken.outcome !== 'failed') this.#note(read, taken.documents.read);
    return { ...end, reading };
  }

  /** The next reading begins where this one ended. */
  #note({ opened, since, upTo }: LiveRead, documents: number): void {
    const { db, person, now } = this.#core;
    const { user, device, databaseId, server } = opened;
    db.transaction(() => {
      if (device !== null && databaseId !== null) {
        notePhoneRead(db, { server, user, device, databaseId, sequence: upTo, readAt: now() });
      }
      audit(db, { person, at: now() }, 'read a phone', {
        detail: { user, device, since: since.sequence, upTo, why: since.why, documents },
      });
    });
  }

  #server(): string | null {
    return setting(this.#core.db, 'server.url');
  }

  async close(): Promise<void> {
    await this.#hub?.close();
  }
}

/** Dumps that were read to their end just before the station was ended. */
export async function dumpsOfPhones(core: Core): Promise<FileToTake[]> {
  const { phones } = core.folders;
  await mkdir(phones, { recursive: true, mode: 0o700 });
  const names = (await readdir(phones)).filter((name) => name.endsWith('.chtdump')).sort();
  return Promise.all(names.map((name) => fileOf(join(phones, name), name)));
}

async function fileOf(path: string, name: string): Promise<FileToTake> {
  const { mtimeMs } = await stat(path);
  return { path, name, source: 'adb', modifiedMs: mtimeMs, ours: true };
}
