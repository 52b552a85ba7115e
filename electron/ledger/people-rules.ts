/** What an administrator set about people. */
import { PEOPLE_RULES, type PeopleRules } from '../../shared/people.ts';
import type { Database } from './database.ts';
import { setSetting, setting } from './settings.ts';

export function peopleRules(db: Database): PeopleRules {
  const minutes = Number(setting(db, 'people.lockMinutes'));
  return { lockMinutes: minutes > 0 ? minutes : PEOPLE_RULES.lockMinutes };
}

export function setPeopleRules(db: Database, { lockMinutes }: PeopleRules): void {
  setSetting(db, 'people.lockMinutes', String(lockMinutes));
}
