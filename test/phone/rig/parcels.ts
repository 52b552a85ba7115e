/** Return parcels from the outside: fetched by the station, written to the one phone of a rig. */
import type { Page } from 'playwright-core';
import type { JobEnd } from '../../../shared/contract.ts';
import { noParcelEnds, type ParcelApplied, type ParcelPrepared } from '../../../shared/parcel.ts';
import { signInAs } from '../../support/uploads.ts';
import { photoBytes, visit, WORK } from './offline-work.ts';
import type { PhoneRig } from './phone-rig.ts';

/** What `news` changes on the server, beside a new report `from-server`. */
export const NEWS = { place: 'hc1-area-1', person: WORK.edited, dropped: 'report-hc1-chw1-1' } as const;
/** Nothing came of any document. */
export const NO: Readonly<ReturnType<typeof noParcelEnds>> = noParcelEnds();

/** The server has news: a report with a photo, an edited person and place, and a report that is not there any more. */
export async function news(rig: PhoneRig): Promise<void> {
  const db = rig.practice.database();
  const data = photoBytes(90_000).toString('base64');
  await db.put({ ...visit('from-server'), _attachments: { photo: { content_type: 'image/png', data } } });
  for (const id of [NEWS.person, NEWS.place])
    await db.put({ ...(await db.get(id)), name: 'New name: é \u2028 🌍', notes: 'by the server' });
  await db.put({ ...(await db.get(NEWS.dropped)), _deleted: true });
}

/** @param session whose right it is fetched with: of the person who signs in at the station, or of the phone that is there */
export async function prepare(rig: PhoneRig, session: 'person' | 'phone' = 'person'): Promise<JobEnd> {
  const request =
    session === 'person' ? signInAs(rig.practice, 'chw1') : { user: 'chw1', by: await thePhone(rig) };
  return rig.station.wait((await rig.station.ask('phones.prepare', request)).job);
}

export async function prepared(rig: PhoneRig, session?: 'person' | 'phone'): Promise<ParcelPrepared> {
  const end = await prepare(rig, session);
  if (end.kind !== 'prepared') throw new Error(`it ended as ${JSON.stringify(end)}`);
  return end.prepared;
}

export async function apply(rig: PhoneRig): Promise<JobEnd> {
  const request = { ...(await thePhone(rig)), user: 'chw1' };
  return rig.station.wait((await rig.station.ask('phones.apply', request)).job);
}

export async function applied(rig: PhoneRig): Promise<ParcelApplied> {
  const end = await apply(rig);
  if (end.kind !== 'applied') throw new Error(`it ended as ${JSON.stringify(end)}`);
  return end.applied;
}

async function thePhone(rig: PhoneRig): Promise<{ phone: string; app: string }> {
  const { phone, apps } = await rig.look();
  return { phone, app: apps[0]?.app ?? '-' };
}

/** The page dies after this write of the app's own database, and is there again. */
export async function dieAfter(page: Page, writes: number): Promise<void> {
  await page.evaluate((at) => {
    const db = window.CHTCore.DB.get();
    const bulkDocs = db.bulkDocs.bind(db);
    let seen = 0;
    db.bulkDocs = async (...values: Parameters<typeof bulkDocs>) => {
      const answer = await bulkDocs(...values);
      seen += 1;
      if (seen !== at) return answer;
      location.reload();
      return new Promise(() => {});
    };
  }, writes);
}
