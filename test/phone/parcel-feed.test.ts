/**
 * What the app itself makes of a parcel: its lists, and the people whose tasks it counts anew. All of that hangs on one
 * live feed of the app's own handle (CHT's `changes.service.ts`), and is the same as after a download of its own.
 */
import type { Page } from 'playwright-core';
import { afterEach, expect, test } from 'vitest';
import { report } from '../../electron/practice/documents.ts';
import type { PouchVersion } from './rig/app-server.ts';
import { applied, news, NEWS, NO, prepared } from './rig/parcels.ts';
import { pull } from './rig/phone-sync.ts';
import { imported, openPhoneRig, type PhoneRig } from './rig/phone-rig.ts';
import { firstSync } from './rig/web-phone.ts';

const BY = { _id: 'hc1-chw1', parent: { _id: 'hc1', parent: { _id: 'district' } } };
const ABOUT = 'hc1-area-1-home-2-person-1';

let rig: PhoneRig;
let page: Page;
afterEach(async () => {
  await rig.close();
});

/** What stands on the app's screen, and whom it counts anew. */
interface Shown {
  readonly contacts: readonly string[];
  readonly reports: readonly string[];
  /** Subjects of what changed, as `mark-contacts-dirty` of CHT's `rules-engine.service.ts` takes them. */
  readonly dirty: readonly string[];
  /** Each document that was heard of, and whether it is gone. */
  readonly heard: readonly (readonly [id: string, isGone: boolean])[];
}

/** Runs in the page: the app's screen, drawn anew by what its one feed tells. */
function app(): void {
  interface Doc {
    readonly _id: string;
    readonly type?: string;
    readonly name?: string;
    readonly patient_id?: string;
    readonly fields?: { readonly patient_uuid?: string; readonly patient_id?: string };
  }
  const CONTACTS = ['contact', 'person', 'clinic', 'health_center', 'district_hospital'];
  const db = window.CHTCore.DB.get();
  const dirty = new Set<string>();
  const heard = new Map<string, boolean>();
  const lists = { contacts: document.createElement('ul'), reports: document.createElement('ul') };
  for (const list of Object.values(lists)) document.body.append(list);
  const draw = async (): Promise<void> => {
    const { rows } = (await db.allDocs({ include_docs: true })) as unknown as { rows: { doc: Doc }[] };
    const docs = rows.map(({ doc }) => doc);
    const write = (list: HTMLElement, texts: readonly string[]): void =>
      list.replaceChildren(
        ...texts.map((text) => Object.assign(document.createElement('li'), { textContent: text })),
      );
    write(
      lists.contacts,
      docs.filter(({ type }) => CONTACTS.includes(String(type))).map(({ _id, name }) => `${_id} ${name}`),
    );
    write(
      lists.reports,
      docs.filter(({ type }) => type === 'data_record').map(({ _id }) => _id),
    );
  };
  let drawing = draw();
  const feed = db.changes({ live: true, since: 'now', include_docs: true }) as unknown as {
    on(event: 'change', listener: (change: { id: string; deleted?: boolean; doc: Doc }) => void): void;
  };
  feed.on('change', ({ id, deleted, doc }) => {
    heard.set(id, deleted === true);
    if (CONTACTS.includes(String(doc.type))) dirty.add(id);
    else if (doc.type === 'data_record')
      dirty.add(doc.patient_id ?? doc.fields?.patient_id ?? doc.fields?.patient_uuid ?? id);
    drawing = drawing.then(draw);
  });
  const texts = (list: HTMLElement) => [...list.children].map(({ textContent }) => textContent ?? '').sort();
  Object.assign(window, {
    shown: async (): Promise<Shown> => {
      await drawing;
      return {
        contacts: texts(lists.contacts),
        reports: texts(lists.reports),
        dirty: [...dirty].sort(),
        heard: [...heard].sort(([one], [other]) => (one < other ? -1 : 1)),
      };
    },
  });
}

const shown = (): Promise<Shown> =>
  page.evaluate(() => (window as unknown as { shown(): Promise<Shown> }).shown());

/** The app of a phone that has the same news before it, which come by `come`. */
async function after(pouch: PouchVersion, come: () => Promise<unknown>): Promise<Shown[]> {
  rig = await openPhoneRig();
  page = await rig.phone.open('chw1', 'app', pouch);
  await firstSync(page, rig.practice, 'chw1', 'device-1');
  imported(await rig.read('chw1'));
  await page.evaluate(app);
  const before = await shown();
  await news(rig);
  const fields = { note: 'about somebody whom nothing else is about' };
  await rig.practice
    .database()
    .put(
      report({ id: 'about-other', form: 'home_visit', by: BY, about: ABOUT, reportedAt: Date.now(), fields }),
    );
  await come();
  await expect.poll(async () => (await shown()).heard.length).toBe(5);
  return [before, await shown()];
}

test.each(['9', '7'] as const)(
  'its lists and its dirty contacts are as after a download of its own (PouchDB %s)',
  async (pouch) => {
    const [before, byParcel] = await after(pouch, async () => {
      await prepared(rig);
      expect(await applied(rig)).toMatchObject({
        outcome: 'done',
        counts: { ...NO, written: 4, dropped: 1 },
      });
    });
    expect(before?.heard).toEqual([]);
    expect(before?.reports).toContain(NEWS.dropped);
    expect(byParcel?.reports).toEqual(
      [...(before?.reports.filter((id) => id !== NEWS.dropped) ?? []), 'about-other', 'from-server'].sort(),
    );
    for (const id of [NEWS.person, NEWS.place])
      expect(byParcel?.contacts).toContain(`${id} New name: é \u2028 🌍`);
    expect(byParcel?.contacts).toHaveLength(before?.contacts.length ?? -1);
    expect(byParcel?.dirty).toEqual(expect.arrayContaining([NEWS.person, NEWS.place, ABOUT]));
    expect(byParcel?.heard).toContainEqual([NEWS.dropped, true]);
    await rig.close();

    const [, byDownload] = await after(pouch, () => pull(page, rig.practice, 'chw1'));
    expect(byParcel).toEqual(byDownload);
  },
);
