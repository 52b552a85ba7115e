/** The administrator chooses which rules about what is unusual apply. Whatever is not sent yet is then looked at again. */
import type { UnusualRules } from '../../../shared/contract.ts';
import { FIXED_RULES, rulesOff, UNUSUAL_RULES, type UnusualRule } from '../../../shared/unusual.ts';
import { audit } from '../../ledger/audit.ts';
import { documentsToCompare } from '../../ledger/classes.ts';
import type { Database } from '../../ledger/database.ts';
import { forgetSettings, setSetting, setting } from '../../ledger/settings.ts';
import { rulesOffHere, setRulesOff } from '../../ledger/unusual-rules.ts';
import type { Core } from '../core.ts';
import { classDocuments } from './reclassify.ts';
import { ruleBatches } from './unusual.ts';

/** Documents looked at between two answers to the window. */
const AT_ONCE = 500;

export function unusualRules(db: Database): UnusualRules {
  const off = rulesOffHere(db);
  return {
    rules: UNUSUAL_RULES.map((rule) => ({ rule, on: !off.has(rule), fixed: FIXED_RULES.includes(rule) })),
  };
}

/** A rule that is always on stays on, whatever is asked. */
export async function setUnusualRules(core: Core, wanted: readonly UnusualRule[]): Promise<UnusualRules> {
  const { db } = core;
  const before = rulesOffHere(db);
  const off = rulesOff(wanted);
  const turnedOff = [...off].filter((rule) => !before.has(rule));
  const turnedOn = [...before].filter((rule) => !off.has(rule));
  if (turnedOff.length + turnedOn.length === 0) return unusualRules(db);
  db.transaction(() => {
    setRulesOff(db, [...off]);
    setSetting(db, 'review.rulesPending', 'yes');
    audit(db, { person: core.person, at: core.now() }, 'unusual-rules-set', {
      detail: {
        ...(turnedOff.length > 0 ? { turnedOff } : {}),
        ...(turnedOn.length > 0 ? { turnedOn } : {}),
      },
    });
  });
  core.changed('settings');
  await lookAgain(core);
  return unusualRules(db);
}

/** Goes through all records again if rules were changed and that was not done, or not to its end. */
export async function lookAgain(core: Core): Promise<void> {
  const { db } = core;
  if (setting(db, 'review.rulesPending') === null) return;
  const ids = documentsToCompare(db);
  for (let at = 0; at < ids.length; at += AT_ONCE) {
    db.step(() => classDocuments(core, ids.slice(at, at + AT_ONCE)));
    await new Promise((resolve) => setImmediate(resolve));
  }
  db.transaction(() => {
    ruleBatches(core);
    forgetSettings(db, ['review.rulesPending']);
  });
  core.changed('batches', 'conflicts', 'outbox');
}
