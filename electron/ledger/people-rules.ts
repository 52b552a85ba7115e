/** What an administrator set about people. */
import { PEOPLE_RULES, type PeopleRules } from '../../shared/people.ts';
import type { Database } from './database.ts';
import { setSetting, setting } from './settings.ts';

export function peopleRules(db: Database): PeopleRules {
  const minutes = Number(setting(db, 'people.lockMinutes'));
  return {
    lockMinutes: minutes > 0 ? minutes : PEOPLE_RULES.lockMinutes,
    fourEyes: setting(db, 'people.fourEyes') !== 'no',
  };
}

export function setPeopleRules(db: Database, { lockMinutes, fourEyes }: PeopleRules): void {
  setSetting(db, 'people.lockMinutes', String(lockMinutes));
  setSetting(db, 'people.fourEyes', fourEyes ? 'yes' : 'no');
}
