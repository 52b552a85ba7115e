/** Which rules about what is unusual an administrator turned off. */
import { rulesOff, UNUSUAL_RULES, type UnusualRule } from '../../shared/unusual.ts';
import type { Database } from './database.ts';
import { setSetting, setting } from './settings.ts';

/** The rules that do not apply at this station. */
export function rulesOffHere(db: Database): ReadonlySet<UnusualRule> {
  const chosen = setting(db, 'review.rulesOff');
  return rulesOff(chosen === null ? null : chosen.split(' '));
}

export function setRulesOff(db: Database, off: readonly UnusualRule[]): void {
  setSetting(db, 'review.rulesOff', UNUSUAL_RULES.filter((rule) => off.includes(rule)).join(' '));
}
