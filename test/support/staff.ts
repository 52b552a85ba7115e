/** A station where people were set up: an administrator, a clerk and a script. */
import { ADMIN, openTestStation, type TestStation, type TestStationOptions } from './station.ts';
import { Database } from '../../electron/ledger/database.ts';
import { addStaff, findStaff } from '../../electron/ledger/staff.ts';
import { hashOf } from '../../electron/station/people/secret.ts';
import type { Role } from '../../shared/people.ts';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const STAFF: Readonly<Record<Role, { readonly name: string; readonly secret: string }>> = {
  admin: ADMIN,
  clerk: { name: 'Joseph', secret: '493817' },
  service: { name: 'nightly', secret: 'a script of the district' },
};

export interface Staffed {
  readonly station: TestStation;
  /** Somebody signs in, whoever sat there before. */
  signIn(role: Role): Promise<void>;
  close(): Promise<void>;
}

/** Made in the ledger itself, so that a station of any kind can open it. */
export async function staffed(options: TestStationOptions = {}): Promise<Staffed> {
  const folder = options.dataDir === undefined ? await mkdtemp(join(tmpdir(), 'station-staff-')) : null;
  const dataDir = options.dataDir ?? join(folder ?? '', 'data');
  await setUpStaff(dataDir);
  const station = await openTestStation({ ...options, dataDir });
  return {
    station,
    signIn: async (role) => void (await station.ask('desk.sign-in', STAFF[role])),
    close: async () => {
      await station.close();
      if (folder !== null) await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Sets them up in a data folder that no station has open. */
export async function setUpStaff(dataDir: string): Promise<void> {
  await mkdir(dataDir, { recursive: true });
  const db = Database.open(join(dataDir, 'ledger.sqlite'));
  try {
    for (const [role, { name, secret }] of Object.entries(STAFF) as [Role, (typeof STAFF)[Role]][])
      if (findStaff(db, name) === undefined)
        addStaff(db, {
          name,
          role,
          hash: await hashOf(secret),
          addedAt: '2026-01-01T00:00:00.000Z',
          mustChoose: false,
          computer: null,
        });
  } finally {
    db.close();
  }
}
