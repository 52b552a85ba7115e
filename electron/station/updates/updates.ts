/**
 * Newer versions of the program on sticks: noticed when a drive is looked at, copied and verified when an administrator says so,
 * and handed to the system's installer after a backup of the whole station. Nothing of the running program is touched here, so
 * it starts again whenever this is interrupted.
 */
import type { JobEnd } from '../../../shared/contract.ts';
import { StationError } from '../../../shared/errors.ts';
import { cleanText } from '../../../shared/labels.ts';
import type { FoundVersion, UpdateState } from '../../../shared/updates.ts';
import { freeBytesIn } from '../../disk/free-bytes.ts';
import { audit } from '../../ledger/audit.ts';
import { forgetSettings, setSetting, setting } from '../../ledger/settings.ts';
import type { DeviceInfo } from '../../sources/snapshot.ts';
import type { SourceFile } from '../../sources/source.ts';
import type { UpdateSetup } from '../../station-api.ts';
import { isForComputer, publicKeys, type UpdateNote } from '../../updates/note.ts';
import { clear, keepPackage, keptUpdate, verifyKept, type KeptUpdate } from '../../updates/package.ts';
import { isNewer, newestOf } from '../../updates/version.ts';
import type { DeviceProcess } from '../../workers/devices/client.ts';
import { makeBackup, type BackupRequest } from '../backup/make.ts';
import type { Core } from '../core.ts';
import { isRestoring } from '../health/store.ts';
import type { Intakes } from '../import/queue.ts';
import type { JobHandle } from '../jobs.ts';
import { newestUsableFirst, newVersion, notesOn, type FoundNote } from './found-notes.ts';

/** The newest version that ever ran over this data folder: nothing older is offered, whatever runs now. */
const NEWEST = 'update.newest';
const HANDED_OVER = 'update.handedOver';

export class Updates {
  readonly #core: Core;
  readonly #devices: DeviceProcess;
  readonly #intakes: Intakes;
  readonly #setup: UpdateSetup | null;
  readonly #keys: ReturnType<typeof publicKeys>;
  /** By source, with the plugging in that they were found at. */
  readonly #found = new Map<string, { readonly plugging: number; readonly notes: readonly FoundNote[] }>();
  #kept: KeptUpdate | null = null;
  /** Installed in this run: the next start is that version. */
  #installed: string | null = null;

  constructor(core: Core, devices: DeviceProcess, intakes: Intakes) {
    this.#core = core;
    this.#devices = devices;
    this.#intakes = intakes;
    this.#setup = core.options.updates ?? null;
    this.#keys = this.#setup === null ? new Map() : publicKeys(this.#setup.keys);
  }

  /** What a start does: what was killed in the middle goes, and so does what is not newer any more. */
  async begin(): Promise<void> {
    const { db, folders, options } = this.#core;
    const { updates } = folders;
    if (this.#setup === null) return;
    const by = { person: this.#core.person, at: this.#core.now() };
    if (setting(db, HANDED_OVER) === options.version)
      db.transaction(() => {
        forgetSettings(db, [HANDED_OVER]);
        audit(db, by, 'update-installed', { detail: { version: options.version } });
      });
    const newest = newestOf([setting(db, NEWEST), options.version]);
    if (newest !== null && newest !== setting(db, NEWEST)) setSetting(db, NEWEST, newest);
    const kept = await keptUpdate(updates, this.#keys);
    this.#kept = kept !== null && this.#problemOf(kept.note) === null ? kept : null;
    await clear(updates, this.#kept === null ? [] : [this.#kept.path, this.#kept.notePath]);
  }

  /** Reads the notes on a drive. @throws StationError what ends the looking at a drive (`endsLooking`) */
  async look({ source, plugging, kind }: DeviceInfo, files: readonly SourceFile[]): Promise<void> {
    if (this.#setup === null || kind !== 'drive') return;
    const notes = await notesOn(files, {
      keys: this.#keys,
      open: (file) => this.#devices.open(source, file),
      problemOf: (note) => this.#problemOf(note),
    });
    this.#found.set(source, { plugging, notes });
  }

  /** Why a version that is rightly signed cannot be used here. */
  #problemOf(note: UpdateNote): 'update-wrong-platform' | 'update-older' | null {
    if (this.#setup !== null && !isForComputer(note, this.#setup)) return 'update-wrong-platform';
    const { db, options } = this.#core;
    const had = [options.version, setting(db, NEWEST) ?? options.version, this.#installed ?? options.version];
    return had.every((version) => isNewer(note.version, version)) ? null : 'update-older';
  }

  state(): UpdateState {
    const devices = this.#devices.snapshot.devices;
    const found = devices.flatMap(({ source, name, plugging, state }) => {
      const here = this.#found.get(source);
      if (here?.plugging !== plugging || state.kind !== 'ready') return [];
      return here.notes.map((one) => this.#shown(source, name, one));
    });
    return {
      version: this.#core.options.version,
      accepts: this.#setup !== null,
      found: found.sort(newestUsableFirst),
      ready: this.#kept === null ? null : newVersion(this.#kept.note),
    };
  }

  #shown(source: string, name: string, { file, note, problem }: FoundNote): FoundVersion {
    const own = file.name.slice(file.name.lastIndexOf('/') + 1);
    return {
      source,
      sourceName: cleanText(name),
      file: file.file,
      name: cleanText(own),
      says: note === null ? null : newVersion(note),
      // It may have been installed, or copied, since it was found.
      problem: problem ?? (note === null ? null : this.#problemOf(note)) ?? this.#olderThanKept(note),
    };
  }

  #olderThanKept(note: UpdateNote | null): 'update-older' | null {
    const kept = this.#kept?.note.version;
    if (note === null || kept === undefined || note.version === kept) return null;
    return isNewer(note.version, kept) ? null : 'update-older';
  }

  /**
   * Copies a package to this computer and verifies the copy, as a job.
   * @throws StationError `update-off`, `source-gone`, `busy`; why it cannot be used
   */
  copy(source: string, file: string): string {
    this.#here();
    const device = this.#devices.snapshot.devices.find((one) => one.source === source);
    const here = this.#found.get(source);
    const found = here?.notes.find((one) => one.file.file === file);
    if (device === undefined || device.plugging !== here?.plugging || found === undefined)
      throw new StationError('source-gone');
    const { note, package: beside, signed } = found;
    const problem = this.#shown(source, device.name, found).problem;
    if (problem !== null || note === null || beside === null)
      throw new StationError(problem ?? 'update-no-package');
    if (this.#core.jobs.isRunning('update')) throw new StationError('busy');
    return this.#intakes.start(
      source,
      note.version,
      (job) => this.#copy(job, source, beside, { note, signed }),
      'update',
    );
  }

  async #copy(
    job: JobHandle,
    source: string,
    file: SourceFile,
    signed: { readonly note: UpdateNote; readonly signed: Uint8Array },
  ): Promise<JobEnd> {
    const { db, folders, options } = this.#core;
    const { note } = signed;
    job.progress({ step: 'copy', unit: 'bytes', done: 0, total: note.bytes });
    const free = await (options.freeBytes?.() ?? freeBytesIn(folders.updates));
    if (free !== null && free < note.bytes) throw new StationError('disk-full');
    const opened = await this.#devices.open(source, file.file);
    // The one before goes when the new one is whole, and not before.
    try {
      await keepPackage(opened, signed, folders.updates, {
        signal: job.signal,
        onProgress: (done) => job.progress({ done }),
      });
    } finally {
      await opened.close();
      this.#kept = await keptUpdate(folders.updates, this.#keys);
    }
    const { version, sha256 } = note;
    audit(db, { person: this.#core.person, at: this.#core.now() }, 'update-copied', {
      detail: { version, sha256 },
    });
    this.#core.changed('updates');
    return { kind: 'update-copied', version };
  }

  /**
   * Backs the station up and hands the copy to the system's installer, as a job.
   * @param backup where to, and its passphrase
   * @throws StationError `update-off`, `update-gone`, `busy` (something else is going on), `replica-restoring`
   */
  install(backup: BackupRequest): string {
    const setup = this.#here();
    const kept = this.#kept;
    if (kept === null) throw new StationError('update-gone');
    if (this.#core.jobs.list().some(({ end }) => end === null)) throw new StationError('busy');
    if (isRestoring(this.#core)) throw new StationError('replica-restoring');
    return this.#intakes.start(
      null,
      kept.note.version,
      (job) => this.#install(job, setup, kept, backup),
      'update',
    );
  }

  async #install(
    job: JobHandle,
    setup: UpdateSetup,
    kept: KeptUpdate,
    backup: BackupRequest,
  ): Promise<JobEnd> {
    const { db, options, jobs } = this.#core;
    const { version, sha256 } = kept.note;
    try {
      await verifyKept(kept);
      await makeBackup(this.#core, job, backup);
      if (job.signal.aborted) throw new StationError('cancelled');
      // What waits has not begun; it begins after this, or at the next start.
      const others = jobs.list().filter((one) => one.end === null && one.job !== job.id);
      if (others.some(({ step }) => step !== 'waiting')) throw new StationError('busy');
      // Once more: a backup takes its time, and nothing lies between this and the installer.
      await verifyKept(kept);
    } catch (error) {
      this.#kept = await keptUpdate(this.#core.folders.updates, this.#keys);
      this.#core.changed('updates');
      throw error;
    }
    db.transaction(() => {
      setSetting(db, HANDED_OVER, version);
      audit(db, { person: this.#core.person, at: this.#core.now() }, 'update-handed-over', {
        detail: { from: options.version, version, sha256 },
      });
    });
    const how = await setup.install(kept.path).catch((error: unknown) => {
      if (error instanceof StationError) throw error;
      throw new StationError('update-not-started', undefined, error);
    });
    if (how === 'installed') {
      this.#installed = version;
      this.#kept = null;
      this.#core.changed('updates');
    }
    return { kind: 'update-handed-over', version, how };
  }

  #here(): UpdateSetup {
    if (this.#setup === null) throw new StationError('update-off');
    return this.#setup;
  }
}
