/** The rules about people: an administrator sets them. */
import type { Requests } from '../../../shared/contract.ts';
import type { PeopleRules } from '../../../shared/people.ts';
import { audit } from '../../ledger/audit.ts';
import { peopleRules, setPeopleRules } from '../../ledger/people-rules.ts';
import type { Core } from '../core.ts';

export function changePeopleRules(core: Core, wanted: Requests['rules.set']['params']): PeopleRules {
  const { db } = core;
  const before = peopleRules(db);
  const { lockMinutes = before.lockMinutes, fourEyes = before.fourEyes } = wanted;
  db.transaction(() => {
    setPeopleRules(db, { lockMinutes, fourEyes });
    audit(db, { person: core.person, at: core.now() }, 'rules-set', { detail: { lockMinutes, fourEyes } });
  });
  core.desk.here();
  core.changed('settings', 'desk');
  return peopleRules(db);
}
