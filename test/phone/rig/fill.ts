/** Fills a phone's database with many records, as years of work would. */
import type { Page } from 'playwright-core';

export interface Amount {
  readonly documents: number;
  readonly photos: number;
  readonly photoBytes: number;
}

/** Reports `r-0` … ; the first `photos` of them, evenly spread, carry one. Photos differ in every byte. */
export async function fill(page: Page, amount: Amount): Promise<void> {
  await page.evaluate(async ({ documents, photos, photoBytes }) => {
    const db = window.CHTCore.DB.get();
    const every = photos === 0 ? Infinity : Math.floor(documents / photos);
    const photo = () => {
      const bytes = new Uint8Array(photoBytes);
      for (let at = 0; at < photoBytes; at += 65_536) crypto.getRandomValues(bytes.subarray(at, at + 65_536));
      return new Blob([bytes], { type: 'image/jpeg' });
    };
    let made = 0;
    for (let at = 0; at < documents; at += 200) {
      const docs = Array.from({ length: Math.min(200, documents - at) }, (_, index) => {
        const number = at + index;
        const withPhoto = number % every === 0 && made < photos;
        if (withPhoto) made += 1;
        return {
          _id: `r-${number}`,
          type: 'data_record',
          form: 'home_visit',
          content_type: 'xml',
          reported_date: Date.UTC(2026, 0, 1) + number,
          contact: { _id: 'hc1-chw1', parent: { _id: 'hc1', parent: { _id: 'district' } } },
          fields: { patient_uuid: 'hc1-area-1-home-1-person-1', note: `visit ${number} `.repeat(40) },
          ...(withPhoto
            ? { _attachments: { 'user-file-photo': { content_type: 'image/jpeg', data: photo() } } }
            : {}),
        };
      });
      await db.bulkDocs(docs);
    }
  }, amount);
}
