/**
 * The dump of a phone as it grows on this computer's disk, with the place where the reading goes on. Both are on
 * the disk before the next page is asked for: whatever happens, at most one page is read twice.
 */
import { createHash } from 'node:crypto';
import { open, readFile, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { StationError } from '../../../shared/errors.ts';
import { manifestLine, stationDumpName } from '../../../shared/web-view/manifest.ts';
import { BEGIN, type Cursor, type Opened, type Page } from '../../../shared/web-view/protocol.ts';
import { fieldAt } from '../../../shared/untrusted.ts';
import { onOwnDisk } from '../../../shared/write-errors.ts';
import { removeHere, renameHere } from '../../disk/own-disk.ts';
import { checkedCursor, checkedOpened } from './answers.ts';

/** Where a record begins whose attachments still come, and what was counted before it. */
interface Open {
  readonly at: number;
  readonly documents: number;
  readonly attachments: number;
}

/** What is known of an unfinished dump. */
export interface Progress {
  readonly opened: Opened;
  /** The sequence after which the dump begins. */
  readonly since: number;
  readonly cursor: Cursor;
  readonly bytes: number;
  readonly documents: number;
  readonly attachments: number;
  /** The sequence up to which everything was given; `null`: nothing was left out so far. */
  readonly givenUpTo: number | null;
  readonly open: Open | null;
}

export interface DumpFile {
  /** As people see it: `cht-<host>-<user>-<time>.chtdump`. */
  readonly name: string;
  readonly path: string;
}

export class GrowingDump {
  readonly path: string;
  #file: FileHandle;
  #progress: Progress;

  private constructor(path: string, file: FileHandle, progress: Progress) {
    this.path = path;
    this.#file = file;
    this.#progress = progress;
  }

  get progress(): Progress {
    return this.#progress;
  }

  /** A new dump in place of whatever is there. */
  static async begin(path: string, opened: Opened, since: number): Promise<GrowingDump> {
    // A note of what was there before must not be taken for one of this.
    await forget(path);
    const file = await onOwnDisk(open(path, 'wx+', 0o600));
    const dump = new GrowingDump(path, file, {
      opened,
      since,
      cursor: { ...BEGIN, since },
      bytes: 0,
      documents: 0,
      attachments: 0,
      givenUpTo: null,
      open: null,
    });
    await dump.#append(manifestLine(opened, since), {});
    return dump;
  }

  /** The dump that an earlier reading left, or `null` where there is none that fits. */
  static async resume(path: string, fits: (progress: Progress) => boolean): Promise<GrowingDump | null> {
    const progress = await readProgress(path);
    if (progress === null || !fits(progress)) return null;
    let file: FileHandle;
    try {
      file = await open(path, 'r+');
    } catch {
      return null;
    }
    if ((await file.stat()).size < progress.bytes) {
      await file.close();
      return null;
    }
    return new GrowingDump(path, file, progress);
  }

  /** Adds a page. It is on the disk when this returns. */
  async add(page: Page): Promise<void> {
    const before = this.#progress;
    const dropped = page.dropUnfinished ? before.open : null;
    const at = dropped?.at ?? before.bytes;
    const documents = (dropped ?? before).documents + page.documents;
    const attachments = (dropped ?? before).attachments + page.attachments;
    let { open: opens }: { open: Open | null } = before;
    if (page.unfinishedAt === null) opens = null;
    else if (page.unfinishedAt !== 'before') {
      const record = recordAt(page.lines, page.unfinishedAt);
      opens = {
        at: at + record.bytesBefore,
        documents: documents - 1,
        attachments: attachments - record.attachments,
      };
    }
    await this.#append(page.lines, {
      bytes: at,
      documents,
      attachments,
      cursor: page.cursor,
      // Read again from where the phone could not give something: it may be able to the next time.
      givenUpTo: before.givenUpTo ?? (page.notGiven > 0 ? before.cursor.since : null),
      open: opens,
    });
  }

  async #append(lines: string, change: Partial<Progress>): Promise<void> {
    const bytes = Buffer.from(lines);
    const from = change.bytes ?? this.#progress.bytes;
    for (let written = 0; written < bytes.length;) {
      const wrote = this.#file.write(bytes, written, bytes.length - written, from + written);
      written += (await onOwnDisk(wrote)).bytesWritten;
    }
    await onOwnDisk(this.#file.sync());
    this.#progress = { ...this.#progress, ...change, bytes: from + bytes.length };
    await this.#save();
  }

  async #save(): Promise<void> {
    const part = `${this.path}.progress.part`;
    const file = await onOwnDisk(open(part, 'w', 0o600));
    try {
      await onOwnDisk(file.writeFile(JSON.stringify(this.#progress)));
      await onOwnDisk(file.sync());
    } finally {
      await file.close();
    }
    await onOwnDisk(renameHere(part, `${this.path}.progress`));
  }

  /** Writes the end line. The file is a whole dump then, under its own name in `folder`. */
  async finish(folder: string): Promise<DumpFile> {
    const { bytes, documents, attachments, opened } = this.#progress;
    await onOwnDisk(this.#file.truncate(bytes));
    const hash = createHash('sha256');
    for await (const piece of this.#file.createReadStream({ start: 0, autoClose: false })) {
      hash.update(piece as Buffer);
    }
    const end = { end: { docs: documents, attachments, bytes, sha256: hash.digest('hex') } };
    await onOwnDisk(this.#file.write(`${JSON.stringify(end)}\n`, bytes));
    await onOwnDisk(this.#file.sync());
    await this.#file.close();
    const name = stationDumpName(opened);
    const path = join(folder, name);
    await onOwnDisk(renameHere(this.path, path));
    await forget(this.path);
    return { name, path };
  }

  /** Closes the file; the reading can go on later. */
  async close(): Promise<void> {
    await this.#file.close().catch(() => {});
  }
}

/** Removes an unfinished dump and what is known of it. */
export async function forget(path: string): Promise<void> {
  for (const file of [path, `${path}.progress`, `${path}.progress.part`]) await removeHere(file);
}

/** What is known of an unfinished dump, or `null`. A damaged note is none. */
async function readProgress(path: string): Promise<Progress | null> {
  try {
    const value: unknown = JSON.parse(await readFile(`${path}.progress`, 'utf8'));
    const number = (...at: string[]): number => {
      const found = fieldAt(value, ...at);
      if (!Number.isSafeInteger(found)) throw new Error('not a number');
      return found as number;
    };
    const isOpen = fieldAt(value, 'open') !== null;
    return {
      opened: checkedOpened(fieldAt(value, 'opened')),
      since: number('since'),
      cursor: checkedCursor(fieldAt(value, 'cursor')),
      bytes: number('bytes'),
      documents: number('documents'),
      attachments: number('attachments'),
      givenUpTo: fieldAt(value, 'givenUpTo') === null ? null : number('givenUpTo'),
      open: isOpen
        ? {
            at: number('open', 'at'),
            documents: number('open', 'documents'),
            attachments: number('open', 'attachments'),
          }
        : null,
    };
  } catch {
    return null;
  }
}

/** The unfinished record of a page: the bytes before it, and how many attachments it names. */
function recordAt(lines: string, at: number): { bytesBefore: number; attachments: number } {
  const line = lines.slice(at, lines.indexOf('\n', at));
  try {
    const named = fieldAt(JSON.parse(line), 'doc', '_attachments') as object | undefined;
    return {
      bytesBefore: Buffer.byteLength(lines.slice(0, at)),
      attachments: Object.keys(named ?? {}).length,
    };
  } catch (error) {
    throw new StationError('app-failed', undefined, error);
  }
}
