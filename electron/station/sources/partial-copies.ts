/** What was begun on a device and is still to come from it: the records of broken-off copies, as the station uses them. */
import type { PartialCopy } from '../../../shared/sources.ts';
import type { ResumeKey } from '../../intake/copy.ts';
import { listParts, partKey, readPart, removePart, writePart, type PartRecord } from '../../intake/parts.ts';
import type { DeviceInfo } from '../../sources/snapshot.ts';
import type { Core } from '../core.ts';
import type { FoundDump } from './recognise.ts';
import type { FileToTake, Typed } from '../import/files.ts';

export class PartialCopies {
  readonly #core: Pick<Core, 'folders' | 'now'>;
  #records: readonly PartRecord[] = [];

  constructor(core: Pick<Core, 'folders' | 'now'>) {
    this.#core = core;
  }

  /** Reads the records anew: copies write and remove them. */
  async refresh(): Promise<void> {
    this.#records = await listParts(this.#core.folders.parts);
  }

  /** @param isBeingTaken of the device with this identity something is being copied now */
  list(isBeingTaken: (identity: string) => boolean): PartialCopy[] {
    return this.#records.flatMap((record) => (isBeingTaken(record.medium) ? [] : [asPartialCopy(record)]));
  }

  /** By the id that `list` gave. */
  find(id: string): PartRecord | undefined {
    return this.#records.find((record) => partKey(record) === id);
  }

  /** What was begun of a file that is found again. */
  of({ identity }: DeviceInfo, dump: FoundDump): PartRecord | undefined {
    return identity === null ? undefined : this.find(partKey(partIdentity(identity, dump)));
  }

  async remove(id: string): Promise<void> {
    await removePart(this.#core.folders.parts, id);
    await this.refresh();
  }

  /** How a copy of this file is kept; nothing for a device that cannot be known again. */
  keeping(device: DeviceInfo, dump: FoundDump, typed: Typed): Pick<FileToTake, 'resume' | 'keep'> {
    const { identity, name: mediumName, kind } = device;
    if (identity === null) return {};
    const folder = this.#core.folders.parts;
    const { now } = this.#core;
    const whose = { mediumName, kind, user: typed.user ?? null, phone: typed.device ?? null };
    const resume: ResumeKey = { folder, medium: identity, name: dump.name, ...whose, now };
    return {
      resume,
      keep: async () => {
        const is = partIdentity(identity, dump);
        if ((await readPart(folder, partKey(is))) !== null) return;
        await writePart(folder, { version: 1, ...whose, ...is, copied: 0, at: now() });
      },
    };
  }
}

function partIdentity(medium: string, dump: FoundDump): Parameters<typeof partKey>[0] {
  return { medium, name: dump.name, bytes: dump.bytes, modifiedMs: Date.parse(dump.modifiedAt) };
}

function asPartialCopy(record: PartRecord): PartialCopy {
  return {
    id: partKey(record),
    source: record.mediumName,
    kind: record.kind as PartialCopy['kind'],
    file: record.name,
    bytes: record.bytes,
    copied: record.copied,
  };
}
