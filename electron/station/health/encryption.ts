/** Whether the disk is encrypted on which health records lie here, and what an administrator asks of it. */
import { dirname } from 'node:path';
import { StationError } from '../../../shared/errors.ts';
import {
  ENCRYPTION_RULES,
  type DiskEncryption,
  type DiskProtection,
  type DiskRules,
} from '../../../shared/health.ts';
import { isOneOf } from '../../../shared/states.ts';
import { audit } from '../../ledger/audit.ts';
import type { Database } from '../../ledger/database.ts';
import { setSetting, setting } from '../../ledger/settings.ts';
import type { Core } from '../core.ts';
import { storeFolder } from './store-folders.ts';

/** Of the data folder and of the store's, the worse of the two. */
export async function diskEncryption({ options }: Pick<Core, 'options'>): Promise<DiskEncryption> {
  const { encryption } = options;
  if (encryption === undefined) return 'unknown';
  const store = storeFolder({ options });
  // The store is made when it is first needed; where it will lie is there.
  const folders = [options.dataDir, ...(store === null ? [] : [dirname(store)])];
  const told = new Set(await Promise.all([...new Set(folders)].map(encryption)));
  return told.has('off') ? 'off' : told.has('unknown') ? 'unknown' : 'on';
}

export function diskRules(db: Database): DiskRules {
  const encryption = setting(db, 'disk.encryption') ?? '';
  return { encryption: isOneOf(ENCRYPTION_RULES, encryption) ? encryption : 'shown' };
}

export function setDiskRules(core: Core, { encryption }: DiskRules): DiskRules {
  const { db } = core;
  db.transaction(() => {
    setSetting(db, 'disk.encryption', encryption);
    audit(db, { person: core.person, at: core.now() }, 'disk-rules-set', { detail: { encryption } });
  });
  core.changed('settings', 'health');
  return diskRules(db);
}

export async function diskProtection(core: Pick<Core, 'db' | 'options'>): Promise<DiskProtection> {
  const encryption = await diskEncryption(core);
  return { encryption, refuses: diskRules(core.db).encryption === 'required' && encryption !== 'on' };
}

/**
 * Before anything of a dump or a phone is written here.
 * @throws StationError `disk-not-encrypted`, `disk-encryption-unknown` where an administrator asks for it
 */
export async function checkEncryption(core: Pick<Core, 'db' | 'options'>): Promise<void> {
  // Asking the system takes its time, where nobody wants to know.
  if (diskRules(core.db).encryption !== 'required') return;
  const { encryption, refuses } = await diskProtection(core);
  if (!refuses) return;
  throw new StationError(encryption === 'off' ? 'disk-not-encrypted' : 'disk-encryption-unknown');
}
