/**
 * The same dump into a file on the phone, for apps that carry this script themselves: see docs/phone-export.md.
 * The bridge to Android counts bytes and hash, and writes the end line.
 */
import type { PhoneDatabase } from './database.ts';
import { BEGIN, type Cursor, type ExportFile, type Opened, type Pace } from './protocol.ts';
import { manifestLine, stationDumpName } from './manifest.ts';
import { readPage } from './pages.ts';

export async function exportTo(
  file: ExportFile,
  { database, facts }: { readonly database: PhoneDatabase; readonly facts: Opened },
  since: number,
  pace: Pace,
): Promise<{ readonly name: string }> {
  const name = stationDumpName(facts);
  await file.begin(name);
  try {
    await file.write(manifestLine(facts, since));
    let documents = 0;
    let attachments = 0;
    let cursor: Cursor = { ...BEGIN, since };
    for (let end = false; !end;) {
      const page = await readPage(database, cursor, pace);
      if (page.lines !== '') await file.write(page.lines);
      documents += page.documents;
      attachments += page.attachments;
      ({ cursor, end } = page);
    }
    await file.end(documents, attachments);
  } catch (error) {
    await file.fail(error instanceof Error ? error.message : String(error));
    throw error;
  }
  return { name };
}
