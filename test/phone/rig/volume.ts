/** Reads a phone with many records, pulling the cable three times, and measures what it costs the phone. */
import type { Page } from 'playwright-core';
import { imported, openPhoneRig } from './phone-rig.ts';
import { fill, type Amount } from './fill.ts';
import { strainOf, type Strain } from './strain.ts';
import { firstSync } from './web-phone.ts';

export const QUICK_VOLUME: Amount = { documents: 1500, photos: 75, photoBytes: 120_000 };

/** A page of the dump on its way: half a megabyte, the record that fills it, and the quotes in both. */
export const PAGE_BYTES = 1_250_000;

export interface Measured extends Strain {
  /** Records that came, and how many of them were on the phone before it was filled. */
  readonly records: number;
  readonly before: number;
  readonly photos: number;
  /** What came out of the phone in one go, and how much more with three pulled cables. */
  readonly bytes: number;
  readonly bytesTwice: number;
  readonly pageBytes: number;
  readonly seconds: number;
}

/** @param most how often it is read until nothing else kept the page waiting: a busy computer does so, too */
export async function measureVolume(
  amount: Amount,
  say: (line: string) => void = () => {},
  most = 1,
): Promise<Measured> {
  const rig = await openPhoneRig({ ownProcess: true });
  try {
    const { page } = rig.phone;
    await firstSync(await rig.phone.open('chw1'), rig.practice, 'chw1', 'device-1');
    const before = await page.evaluate(async () => (await window.CHTCore.DB.get().info()).update_seq);
    await fill(page, amount);
    say('filled');

    let bytes = 0;
    let strain: Strain | null = null;
    let seconds = 0;
    for (let tries = 0; tries < most && (strain === null || strain.longestBlockMs >= 200); tries += 1) {
      bytes = 0;
      rig.services.onBytes = (came) => (bytes += came);
      const begun = performance.now();
      strain = await strainOf(page, async () => {
        imported(await rig.read('chw1', true));
      });
      seconds = (performance.now() - begun) / 1000;
      say(`read: ${JSON.stringify(strain)}`);
    }
    if (strain === null) throw new Error('nothing was measured');

    // The same again with the cable pulled at a quarter, at half and at three quarters.
    let total = 0;
    for (const share of [0.25, 0.5, 0.75]) {
      let isPulled = false;
      rig.services.onBytes = (came) => {
        total += came;
        if (isPulled || total < bytes * share) return;
        isPulled = true;
        rig.adb.unplug(rig.services);
      };
      const end = await rig.read('chw1', true);
      if (end.kind !== 'failed' || end.code !== 'source-gone') throw new Error(`it ended as ${end.kind}`);
      rig.adb.plug(rig.services);
    }
    rig.services.onBytes = (came) => (total += came);
    const [taken] = imported(await rig.read('chw1', true)).imports;
    if (taken === undefined) throw new Error('nothing was taken');
    if (taken.documents.known !== taken.documents.read) throw new Error('it is not the same as in one go');
    return {
      ...strain,
      records: taken.documents.read,
      before,
      photos: taken.attachments.read - (await attachmentsBefore(page)),
      bytes,
      bytesTwice: total - bytes,
      pageBytes: PAGE_BYTES,
      seconds,
    };
  } finally {
    await rig.close();
  }
}

/** What forms and settings carry, which came from the server. */
async function attachmentsBefore(page: Page): Promise<number> {
  return page.evaluate(async () => {
    const { rows } = (await window.CHTCore.DB.get().allDocs({ include_docs: true })) as unknown as {
      rows: { id: string; doc: { _attachments?: object } }[];
    };
    return rows
      .filter(({ id }) => !id.startsWith('r-'))
      .reduce((sum, { doc }) => sum + Object.keys(doc._attachments ?? {}).length, 0);
  });
}
