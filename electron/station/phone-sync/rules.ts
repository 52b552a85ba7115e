/** What the administrator sets about phones. */
import { isOneOf } from '../../../shared/states.ts';
import { AGREEING, type PhoneRules } from '../../../shared/phone-sync.ts';
import { audit } from '../../ledger/audit.ts';
import type { Database } from '../../ledger/database.ts';
import { setSetting, setting } from '../../ledger/settings.ts';
import type { Core } from '../core.ts';

export function phoneRules(db: Database): PhoneRules {
  const agreeing = setting(db, 'phones.agreeing') ?? '';
  return { agreeing: isOneOf(AGREEING, agreeing) ? agreeing : 'everybody' };
}

export function setPhoneRules(core: Core, { agreeing }: PhoneRules): PhoneRules {
  const { db } = core;
  db.transaction(() => {
    setSetting(db, 'phones.agreeing', agreeing);
    audit(db, { person: core.person, at: core.now() }, 'phone-rules-set', { detail: { agreeing } });
  });
  core.changed('settings');
  return phoneRules(db);
}
