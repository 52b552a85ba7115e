/** Reads one open database to its end, into a dump on this computer's disk that can go on where it was broken off. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { StationError } from '../../../shared/errors.ts';
import { LIMITS } from '../../../shared/limits.ts';
import type { Cursor, Opened, Page } from '../../../shared/web-view/protocol.ts';
import type { Since } from '../../../shared/web-view/since.ts';
import { forget, GrowingDump, type DumpFile } from './dump-file.ts';
import type { PageReader } from './page-reader.ts';

export interface ReadProgress {
  readonly documents: number;
  /** Records of the phone, where the whole of it is read. */
  readonly total: number | null;
  readonly bytes: number;
}

export interface DatabaseRead {
  /** The next reading begins after this sequence. */
  readonly upTo: number;
  /** `null`: nothing is new since the last time. */
  readonly dump: DumpFile | null;
}

/**
 * @param folder where unfinished dumps lie between two visits, and the finished one in the end
 * @throws StationError what the page's reader throws; `disk-full`, `app-failed` where the page leads nowhere
 */
export async function readDatabase(
  reader: PageReader,
  { opened, since, folder }: { readonly opened: Opened; readonly since: Since; readonly folder: string },
  tell: (progress: ReadProgress) => void,
): Promise<DatabaseRead> {
  const path = join(folder, `${fileKey(opened)}.part`);
  const dump = await resumeOrBegin(path, opened, since);
  try {
    for (let end = false; !end;) {
      const page = await reader.page(dump.progress.cursor);
      if (!page.end && !isAhead(page, dump.progress.cursor)) throw new StationError('app-failed');
      await dump.add(page);
      ({ end } = page);
      const { documents, bytes } = dump.progress;
      tell({ documents, bytes, total: since.sequence === 0 ? opened.documents : null });
      if (documents > LIMITS.records) throw new StationError('too-many-records');
      if (bytes > LIMITS.unpackedBytes) throw new StationError('record-too-large');
    }
    const { documents, cursor, givenUpTo } = dump.progress;
    const upTo = givenUpTo ?? cursor.since;
    if (documents > 0) return { upTo, dump: await dump.finish(folder) };
    await dump.close();
    await forget(path);
    return { upTo, dump: null };
  } finally {
    await dump.close();
  }
}

async function resumeOrBegin(path: string, opened: Opened, since: Since): Promise<GrowingDump> {
  const left = await GrowingDump.resume(path, (progress) => {
    const before = progress.opened;
    const isSame =
      before.databaseId !== null &&
      before.databaseId === opened.databaseId &&
      before.device === opened.device &&
      before.user === opened.user &&
      before.server === opened.server;
    return isSame && progress.since === since.sequence && progress.cursor.since <= opened.sequence;
  });
  return left ?? GrowingDump.begin(path, opened, since.sequence);
}

/** A page that brings nothing and leads nowhere would be asked for again for ever. */
function isAhead({ cursor, lines }: Page, before: Cursor): boolean {
  if (lines === '' || cursor.since < before.since) return false;
  return cursor.since > before.since || JSON.stringify(cursor) !== JSON.stringify(before);
}

/** One unfinished dump for each person on each device. */
function fileKey({ server, device, user }: Opened): string {
  return createHash('sha256')
    .update(JSON.stringify([server, device, user]))
    .digest('hex')
    .slice(0, 24);
}
