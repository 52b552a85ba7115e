/**
 * A page that was tampered with, or an old copy of the app: under a revision that was read and reviewed it writes
 * something else. Nothing of such a request leaves, and what a real PouchDB writes of the same records does.
 */
import type { Page } from 'playwright-core';
import { afterEach, expect, test } from 'vitest';
import type { PouchVersion } from './rig/app-server.ts';
import { comparable, leavesOnServer, withoutPurges } from './rig/leaves.ts';
import { workOffline, WORK } from './rig/offline-work.ts';
import { openPhoneRig, synced, type PhoneRig } from './rig/phone-rig.ts';
import { appWithoutInternet } from './rig/signed-in.ts';
import { leavesOnPhone } from './rig/web-phone.ts';

const SYNC = { watchMs: 200, idleMs: 1_000, quietMs: 600_000 };

let rig: PhoneRig;
afterEach(async () => {
  await rig.close();
});

/** From here on every `_bulk_docs` of the page is changed by this script, which is given its text as `body`. */
async function tamper(page: Page, script: string | null): Promise<void> {
  // As somebody with a debugger would.
  await page.evaluate(`
    window.untouched ??= window.PouchDB.fetch;
    window.change = ${script === null ? 'null' : `(body) => { ${script} }`};
    window.PouchDB.fetch = (url, options) =>
      window.change !== null && url.endsWith('/_bulk_docs')
        ? window.untouched(url, { ...options, body: window.change(options.body) })
        : window.untouched(url, options);
    undefined;
  `);
}

/** Changes the one record that is named, among those that the app sends. */
const altering = (id: string, change: string): string => `
  const all = JSON.parse(body);
  const doc = all.docs.find(({ _id }) => _id === ${JSON.stringify(id)});
  if (doc === undefined) return body;
  ${change}
  return JSON.stringify(all);
`;

const TAMPERED: readonly [what: string, id: string, change: string][] = [
  ['content', WORK.edited, `doc.name = 'Somebody else';`],
  ['content', WORK.deleted, `delete doc._deleted;`],
  ['content', 'visit-1', `doc._deleted = true;`],
  ['content', 'visit-2', `doc.purged_by = 'x';`],
  ['content', WORK.withPhotos, `doc._attachments['user-file-small'].data = btoa('x');`],
  [
    'content',
    WORK.withPhotos,
    `doc._attachments['user-file-small'] = { content_type: 'image/png', data: btoa('x') };`,
  ],
  [
    'attachments',
    WORK.withLargePhoto,
    `doc._attachments['user-file-large'] = { stub: true, digest: doc._attachments['user-file-large'].digest, revpos: 1 };`,
  ],
  ['history', WORK.edited, `doc._revisions.ids[1] = 'f'.repeat(32);`],
  ['history', WORK.edited, `doc._revisions.ids.length = 1;`],
  ['history', WORK.edited, `delete doc._revisions;`],
  ['history', WORK.edited, `doc._revisions.start += 900;`],
];

test.each<PouchVersion>(['9', '7'])(
  'is stopped whatever it changes, and the untouched app goes on (PouchDB %s)',
  async (pouch) => {
    rig = await openPhoneRig({ ownInternet: true, sync: SYNC });
    const page = await appWithoutInternet(rig, 'chw1', pouch);
    await workOffline(page);
    const { plan } = synced(await rig.sync('chw1'));
    const before = rig.practice.offered.length;
    for (const [what, id, change] of TAMPERED) {
      await tamper(page, altering(id, change));
      const from = rig.app.passed.length;
      expect(synced(await rig.sync('chw1', plan.digest)), change).toMatchObject({
        outcome: 'cut',
        error: 'sync-altered',
        sent: 0,
        accepted: 0,
      });
      expect(rig.app.passed.slice(from).filter((one) => one.includes('_bulk_docs'))).toEqual([]);
      const { rows } = await rig.station.ask('ledger.list', { limit: 1000 });
      const entries = rows.filter((entry) => entry.what === 'sync-altered');
      expect(entries.at(-1)).toMatchObject({ id, detail: { user: 'chw1', what } });
      await page.evaluate(() => localStorage.removeItem('medic-last-replicated-date'));
    }
    // Two readers of these would see two records; for the station that is no record that anybody looked at.
    await tamper(page, `return body.replace('"docs":[', '"docs":[{"_id":"evil"}],"docs":[');`);
    expect(synced(await rig.sync('chw1', plan.digest))).toMatchObject({ error: 'sync-unreviewed', sent: 0 });
    expect(rig.practice.offered.slice(before)).toEqual([]);

    await page.evaluate(() => localStorage.removeItem('medic-last-replicated-date'));
    await tamper(page, null);
    expect(synced(await rig.sync('chw1', plan.digest))).toMatchObject({ outcome: 'done', refused: 0 });
    const { [WORK.purged]: _purged, ...onPhone } = withoutPurges(await leavesOnPhone(page));
    expect(comparable(await leavesOnServer(rig, Object.keys(onPhone)))).toEqual(comparable(onPhone));
  },
);
