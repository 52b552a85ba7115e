/** What keeps a phone from being read, or what was read from being kept. Each answers what puts it right again. */
import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import type { PhoneRig } from './phone-rig.ts';

/** The cable is pulled in the middle of the next reading. Afterwards the app has to be opened anew. */
export async function pullsCableInReading(rig: PhoneRig, page: Page): Promise<() => void> {
  const name = `pullCable${Date.now()}`;
  await page.exposeFunction(name, () => rig.adb.unplug(rig.services));
  await page.evaluate((pull) => {
    const db = window.CHTCore.DB.get();
    const changes = db.changes.bind(db);
    const told = window as unknown as Record<string, () => Promise<void>>;
    db.changes = async (options) => {
      await told[pull]?.();
      return changes(options);
    };
  }, name);
  return () => rig.adb.plug(rig.services);
}

/** What is read next cannot be copied here. */
export async function keepsNothing(rig: PhoneRig): Promise<() => Promise<void>> {
  const dumps = join(rig.station.dataDir, 'dumps');
  await rename(dumps, `${dumps}-away`);
  await writeFile(dumps, 'no folder');
  return async () => {
    await rm(dumps);
    await rename(`${dumps}-away`, dumps);
  };
}
