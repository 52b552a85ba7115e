/** What a health worker does without internet, in the app's own database: everything a dump has to carry. */
import type { Page } from 'playwright-core';
import { report, tinyPng } from '../../../electron/practice/documents.ts';

/** Ids of the documents that the work leaves, by what happened to them. */
export const WORK = {
  reports: ['visit-1', 'visit-2', 'visit-3'],
  edited: 'hc1-area-1-home-1-person-1',
  deleted: 'report-hc1-chw1-2',
  conflict: 'hc1-area-1',
  purged: 'report-hc1-chw1-1',
  withPhotos: 'visit-photos',
  withLargePhoto: 'visit-large-photo',
} as const;

/** The bytes of a photo of this size, the same for the same size. */
export function photoBytes(size: number): Buffer {
  const bytes = Buffer.alloc(size);
  for (let at = 0, state = size; at < size; at += 1) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    bytes[at] = state >>> 16;
  }
  return bytes;
}

/** A report of a visit, as `chw1` writes it. `reportedAt`: milliseconds since 1970 */
export function visit(
  id: string,
  fields: Record<string, unknown> = { note: id },
  reportedAt = Date.UTC(2026, 10, 2),
): ReturnType<typeof report> {
  const by = { _id: 'hc1-chw1', parent: { _id: 'hc1', parent: { _id: 'district' } } };
  return report({ id, form: 'home_visit', by, about: WORK.edited, reportedAt, fields });
}

export async function workOffline(page: Page): Promise<void> {
  const small = tinyPng(3, 200, 40, 40).toString('base64');
  const medium = photoBytes(70_001).toString('base64');
  const large = photoBytes(1_500_000).toString('base64');
  const photo = (data: string) => ({ content_type: 'image/png', data });
  await page.evaluate(
    async ({ work, visits, photos, largePhoto }) => {
      const db = window.CHTCore.DB.get();
      for (const doc of visits) await db.put(doc);
      await db.put(photos);
      await db.put(largePhoto);
      const person = await db.get(work.edited);
      const first = await db.put({ ...person, name: 'Edited once' });
      await db.put({ ...person, _rev: first.rev, name: 'Edited twice: é ſ 🌍 \u2028 \\ "' });
      // The app deletes by writing the whole document.
      await db.put({ ...(await db.get(work.deleted)), _deleted: true });
      const { _rev: stored } = await db.get(work.purged);
      await db.put({ _id: work.purged, _rev: stored, _deleted: true, purged: true });
      const area = await db.get(work.conflict, { revs: true });
      const { start, ids } = area['_revisions'] as { start: number; ids: string[] };
      const branch = (letter: string, more: object) => ({
        ...area,
        ...more,
        _rev: `${start + 1}-${letter.repeat(32)}`,
        _revisions: { start: start + 1, ids: [letter.repeat(32), ...ids] },
      });
      const branches = [
        branch('a', { name: 'one side' }),
        branch('b', { name: 'other side' }),
        branch('c', { _deleted: true }),
      ];
      await db.bulkDocs(branches, { new_edits: false });
    },
    {
      work: WORK,
      visits: WORK.reports.map((id) => visit(id)),
      photos: {
        ...visit(WORK.withPhotos),
        _attachments: { 'user-file-small': photo(small), 'user-file-medium': photo(medium) },
      },
      largePhoto: {
        ...visit(WORK.withLargePhoto),
        _attachments: { 'user-file-large': photo(large), 'user-file-other': photo(medium) },
      },
    },
  );
}
