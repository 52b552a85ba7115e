/** Everything dumps come from: what is plugged in and what was chosen by hand, asked in one way. */
import { StationError } from '../../../shared/errors.ts';
import { wait } from '../../../shared/timers.ts';
import type { Requests } from '../../../shared/contract.ts';
import type { DeviceLayer } from '../../../shared/sources.ts';
import type { ChosenSources } from './chosen.ts';
import { FileTransfers } from './transfers.ts';
import type { Core } from '../core.ts';
import type { DeviceProcess } from '../../workers/devices/client.ts';
import type { DeviceSources } from './plugged.ts';
import { unwatchFolder, watchedFolders, watchFolder } from '../import/settings.ts';
import type { Intakes } from '../import/queue.ts';
import type { Typed } from '../import/files.ts';
import { takeFiles } from '../import/job.ts';

/** "One look" of the command line waits for what is still arriving, but not for ever. */
const SETTLE_MS = 20_000;

export class Sources {
  readonly chosen: ChosenSources;
  readonly plugged: DeviceSources;
  readonly transfers: FileTransfers;
  readonly #core: Core;
  readonly #devices: DeviceProcess;
  readonly #intakes: Intakes;

  constructor(
    core: Core,
    parts: {
      readonly chosen: ChosenSources;
      readonly plugged: DeviceSources;
      readonly devices: DeviceProcess;
      readonly intakes: Intakes;
    },
  ) {
    this.#core = core;
    this.chosen = parts.chosen;
    this.plugged = parts.plugged;
    this.transfers = new FileTransfers(core.folders.incoming, (path, name) =>
      this.chosen.add('file', path, name, true),
    );
    this.#devices = parts.devices;
    this.#intakes = parts.intakes;
  }

  async begin(): Promise<void> {
    await this.plugged.begin();
    this.#devices.watchFolders(watchedFolders(this.#core.db));
    this.#devices.start();
  }

  get layer(): DeviceLayer['kind'] {
    return this.#devices.snapshot.layer.kind;
  }

  async list(): Promise<Requests['sources.list']['value']> {
    const chosen = await this.chosen.list();
    return {
      sources: [...this.plugged.list(), ...chosen],
      partialCopies: this.plugged.partialCopies(),
      layer: this.#devices.snapshot.layer,
    };
  }

  /** Resolves once everything that is plugged in has been looked at. */
  async settled(): Promise<void> {
    const { timers } = this.#core;
    const until = timers.now() + SETTLE_MS;
    while (!this.plugged.isSettled && timers.now() < until) await wait(timers, 50);
  }

  /** Begins an intake, which waits for those before it. @throws StationError `not-found`, `no-dump-found`, … */
  async start(id: string, files: readonly string[] | undefined, typed: Typed): Promise<string> {
    if (this.plugged.has(id)) return this.plugged.start(id, files, typed);
    const chosen = await this.chosen.filesOf(id, files);
    return this.#intakes.start(id, chosen[0]?.name ?? '', (job) => takeFiles(this.#core, job, chosen, typed));
  }

  /** @throws StationError `not-found` for what is neither plugged in nor chosen */
  async look(id: string | undefined): Promise<void> {
    this.#devices.wake();
    if (id !== undefined && this.chosen.has(id)) this.#core.changed('sources');
    else if (id === undefined || this.plugged.has(id)) await this.plugged.look(id);
    else throw new StationError('not-found');
  }

  async watch(path: string): Promise<string> {
    const id = await watchFolder(this.#core, path);
    this.#devices.watchFolders(watchedFolders(this.#core.db));
    return id;
  }

  unwatch(id: string): void {
    unwatchFolder(this.#core, id);
    this.#devices.watchFolders(watchedFolders(this.#core.db));
  }

  async close(): Promise<void> {
    await this.#devices.close();
    await this.transfers.close();
    await this.chosen.close();
  }
}
