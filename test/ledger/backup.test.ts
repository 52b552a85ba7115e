/** A backup for which there is no room says nothing of the ledger. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { audit } from '../../electron/ledger/audit.ts';
import { backUp, checkLedgerFile } from '../../electron/ledger/backup.ts';
import { Database } from '../../electron/ledger/database.ts';
import { temporaryFolder } from '../support/folder.ts';
import { smallDisk, type SmallDisk } from '../support/small-disk.ts';

let disk: SmallDisk | null = null;
const temporary = temporaryFolder();
afterEach(() => {
  disk?.remove();
  temporary.remove();
});

it('is no backup, takes no room, and is made once there is some', async ({ skip }) => {
  disk = smallDisk(8);
  if (disk === null) {
    skip('no small disk can be mounted here');
    return;
  }
  const small = disk;
  const db = Database.open(join(temporary.path, 'ledger.sqlite'));
  try {
    for (let n = 0; n < 50; n += 1)
      audit(db, { person: 'station', at: '2026-01-01T00:00:00.000Z' }, 'approved', { detail: { n } });
    // Not even a part of it fits.
    small.fill(64 * 1024);
    await expect(backUp(db, small.path, async (file) => checkLedgerFile(file))).rejects.toMatchObject({
      code: 'disk-full',
    });
    expect(readdirSync(small.path)).toEqual([]);
    small.free();
    // All of it fits; the room goes before it is looked through.
    const whole = backUp(db, small.path, async (file) => {
      small.fill();
      return checkLedgerFile(file);
    });
    await expect(whole).rejects.toMatchObject({ code: expect.stringMatching(/disk-full|data-not-writable/) });
    expect(readdirSync(small.path)).toEqual([]);
    small.free();
    expect(await backUp(db, small.path, async (file) => checkLedgerFile(file))).toBe(true);
    expect(existsSync(join(small.path, 'ledger-1.sqlite'))).toBe(true);
  } finally {
    db.close();
  }
});
