/**
 * Phones on Windows, where the system's own driver owns them: through a helper program that asks the shell, as the
 * file manager does. The shell can only copy whole files, so a file is copied into a folder of ours first and
 * read from there.
 */
import { StationError } from '../../../shared/errors.ts';
import { SYSTEM_TIMERS, type Timers } from '../../../shared/timers.ts';
import { isObject, type Body } from '../../../shared/untrusted.ts';
import type { FileStat, FindLimits } from '../files.ts';
import { type Command, HelperProcess } from '../helper-process.ts';
import { Listing } from '../listing.ts';
import { windowsCommand } from '../real/windows-command.ts';
import type { FileAccess, FileList, OpenFile, PhoneFound, PhoneTransport, SourceFile } from '../source.ts';
import { type CopyPace, HelperCopies } from './helper-copies.ts';
import { safeName } from './listing.ts';
import { holdsFiles, isWanted } from './phone-folders.ts';

export interface HelperOptions {
  /** A folder for the copies; what programs that have ended left in it is removed. */
  readonly folder: string;
  /** The helper; on Windows it is found by itself. */
  readonly command?: Command;
  readonly timers?: Timers;
}

export interface HelperPace extends CopyPace {
  /** Milliseconds for starting the helper and for one question. */
  readonly answer: number;
}

/** To look into a file here means to copy all of it: only what is called as dumps are is looked into. */
const CALLED_AS_A_DUMP = /\.(json|jsonl|ndjson|txt|gz|bundle|dump)$|^[^.]+$/i;

/** How long the helper for Windows is waited for. */
export const HELPER_PACE: HelperPace = { answer: 20_000, stall: 25_000, slowest: 200_000 };

/** A file or folder, as the helper tells of it. `item` is the helper's own number for it. */
interface Entry {
  readonly item: number;
  readonly name: string;
  readonly isFolder: boolean;
  readonly bytes: number;
  readonly modifiedMs: number;
}

export function openMtpHelper(options: HelperOptions): PhoneTransport {
  const pace = HELPER_PACE;
  const timers = options.timers ?? SYSTEM_TIMERS;
  const helper = new HelperProcess(options.command ?? windowsCommand(), timers);
  const copies = new HelperCopies(helper, options.folder, { pace, timers });
  /** Phones that have shown their files since they were plugged in. */
  const shown = new Set<string>();
  return {
    kind: 'mtp',
    phones: async (signal) => {
      const phones = await phonesNow(helper, pace, signal);
      for (const key of shown) if (!phones.some((phone) => phone.key === key)) shown.delete(key);
      return phones.map(({ item: _item, ...phone }) => phone);
    },
    open: async (phone, signal) => {
      const found = (await phonesNow(helper, pace, signal)).find(({ key }) => key === phone.key);
      if (found === undefined) throw new StationError('source-gone');
      const { entries: storages, isCut } = await entriesOf(helper, found.item, pace, signal);
      // No phone has so many storages: this one never ends.
      if (isCut) throw new StationError('too-many-files');
      if (storages.length === 0)
        throw new StationError(shown.has(phone.key) ? 'phone-locked' : 'phone-charging-only');
      shown.add(phone.key);
      return new HelperFiles(helper, copies, found.item, pace);
    },
    // The platform itself hears of everything that is plugged in and pulled out.
    watch: () => () => undefined,
    close: async () => {
      helper.close();
      await copies.close();
    },
  };
}

async function phonesNow(
  helper: HelperProcess,
  pace: HelperPace,
  signal: AbortSignal,
): Promise<readonly (PhoneFound & { readonly item: number })[]> {
  const answer = await helper.ask({ ask: 'phones' }, { timeoutMs: pace.answer, signal });
  if (!Array.isArray(answer)) throw new StationError('devices-blind');
  return answer.flatMap((one: unknown) => {
    if (!isObject(one) || !isItem(one['item']) || typeof one['path'] !== 'string') return [];
    const { item, path, name } = one;
    const serial = serialOf(path);
    const shownName = typeof name === 'string' ? safeName(name, '') : '';
    return [{ item, key: path.slice(0, 1000), name: shownName, serial, port: null, trouble: null }];
  });
}

/**
 * The USB serial number in the path of a device, `…usb#vid_04e8&pid_6860#SERIAL#{…}`. One with `&` in it was
 * made up by Windows for a device that has none.
 */
export function serialOf(path: string): string | null {
  const serial = /usb#vid_[0-9a-f]{4}&pid_[0-9a-f]{4}[^#]*#([^#\\]+)#/i.exec(path)?.[1];
  return serial === undefined || serial.includes('&') ? null : serial;
}

async function entriesOf(
  helper: HelperProcess,
  item: number,
  pace: HelperPace,
  signal: AbortSignal,
  most = 100_000,
): Promise<{ readonly entries: readonly Entry[]; readonly isCut: boolean }> {
  const entries: Entry[] = [];
  let isCut = false;
  const onPart = (part: unknown): boolean => {
    const entry = isObject(part) ? entryFrom(part) : null;
    if (entry === null) return false;
    if (entries.length < most) entries.push(entry);
    else isCut = true;
    return true;
  };
  await helper.ask({ ask: 'list', item }, { timeoutMs: pace.answer, onPart, signal });
  return { entries, isCut };
}

function named(root: string, path: readonly string[], item: number): string {
  return [root, ...path.map((name) => safeName(name, String(item)))].join('/');
}

function entryFrom(part: Body): Entry | null {
  const { item, name, isFolder, bytes, modifiedMs } = part;
  if (!isItem(item) || typeof name !== 'string') return null;
  return {
    item,
    name,
    isFolder: isFolder === true,
    bytes: isSize(bytes) ? bytes : 0,
    modifiedMs: isSize(modifiedMs) ? modifiedMs : 0,
  };
}

function isItem(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0;
}

function isSize(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

class HelperFiles implements FileAccess {
  readonly #helper: HelperProcess;
  readonly #copies: HelperCopies;
  readonly #phone: number;
  readonly #pace: HelperPace;
  /** The helper numbers its items anew when it is started anew. */
  readonly #generation: number;

  constructor(helper: HelperProcess, copies: HelperCopies, phone: number, pace: HelperPace) {
    this.#helper = helper;
    this.#copies = copies;
    this.#phone = phone;
    this.#pace = pace;
    this.#generation = helper.generation;
  }

  async list(limits: FindLimits, signal: AbortSignal): Promise<FileList> {
    const found = new Listing<SourceFile>(limits.files);
    let looked = 0;
    const look = async (item: number, root: string, path: readonly string[]): Promise<void> => {
      this.#check();
      const { entries, isCut } = await entriesOf(
        this.#helper,
        item,
        this.#pace,
        signal,
        limits.files - looked,
      );
      looked += entries.length;
      if (isCut) found.cut();
      for (const entry of entries) {
        if (entry.name.startsWith('.')) continue;
        const inside = [...path, entry.name];
        if (entry.isFolder) {
          if (!isWanted(inside)) continue;
          if (path.length < limits.depth) await look(entry.item, root, inside);
          else found.miss(named(root, inside, entry.item), 'folder-too-deep');
        } else if (holdsFiles(path) && CALLED_AS_A_DUMP.test(entry.name)) {
          const { bytes, modifiedMs } = entry;
          found.add({ file: String(entry.item), name: named(root, inside, entry.item), bytes, modifiedMs });
        }
      }
    };
    this.#check();
    const { entries: storages } = await entriesOf(this.#helper, this.#phone, this.#pace, signal);
    if (storages.length === 0) throw new StationError('phone-locked');
    for (const [at, storage] of storages.entries())
      if (storage.isFolder) await look(storage.item, safeName(storage.name, `${at + 1}`), []);
    return found.done();
  }

  async open(file: string): Promise<OpenFile> {
    const item = Number(file);
    if (!isItem(item)) throw new StationError('source-gone');
    const opened = await this.#stat(item);
    return {
      stat: () => this.#stat(item),
      read: (offset, length) => this.#copies.read({ item, ...opened }, offset, length),
      close: () => Promise.resolve(),
    };
  }

  async #stat(item: number): Promise<FileStat> {
    this.#check();
    const found = await this.#helper.ask({ ask: 'find', item }, { timeoutMs: this.#pace.answer });
    const entry = isObject(found) ? entryFrom({ ...found, item, name: '' }) : null;
    if (entry === null) throw new StationError('source-gone');
    return { bytes: entry.bytes, modifiedMs: entry.modifiedMs };
  }

  #check(): void {
    if (this.#helper.generation !== this.#generation) throw new StationError('source-gone');
  }

  close(): Promise<void> {
    return this.#copies.forget();
  }
}
