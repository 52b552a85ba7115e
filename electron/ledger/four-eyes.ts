/**
 * What needs two people of the station: deletions above the mark, contacts rewritten in numbers, and what a station account
 * sends although its author could not. Who the second person is shows the station (people/second.ts); what needs one is
 * looked at here, inside the transaction of the decision.
 */
import { StationError } from '../../shared/errors.ts';
import { UNUSUAL_MARKS, unusualOf, type BatchRuleName, type Unusual } from '../../shared/unusual.ts';
import type { Change } from './change-columns.ts';
import { type Database, json, number } from './database.ts';
import { deletesRecord } from './deletions.ts';
import type { DecisionMaker } from './keys.ts';
import { peopleRules } from './people-rules.ts';

/** Rules about a batch whose records are approved by two. */
const FOR_TWO: readonly string[] = [
  'many-deletions',
  'contacts-rewritten',
] satisfies readonly BatchRuleName[];

/** What is looked at of a change that is approved: all rules that apply to it, those of its batch too. */
interface Approved {
  readonly id: string;
  readonly deleted: boolean;
  readonly origin: string;
  readonly unusual: readonly string[];
}

/** Whether two people are asked for: an administrator may say that they are not, and one person alone cannot be two. */
export function needsTwoPeople(db: Database): boolean {
  if (!peopleRules(db).fourEyes) return false;
  const people = db.get(`SELECT count(*) AS n FROM staff WHERE role != 'service' AND left_at IS NULL`);
  return number(people, 'n') > 1;
}

/** @throws StationError `second-needed` with the number of records, where nobody agrees besides who decides */
export function checkSecond(db: Database, by: DecisionMaker, approved: readonly Approved[]): void {
  if (by.second !== undefined || !needsTwoPeople(db)) return;
  const deleted = idsOf(approved.filter(deletesRecord));
  const marked = idsOf(approved.filter(({ unusual }) => unusual.some((rule) => FOR_TWO.includes(rule))));
  const all = new Set([...marked, ...(deleted.size >= UNUSUAL_MARKS.deletions ? deleted : [])]);
  if (all.size > 0) throw new StationError('second-needed', String(all.size));
}

/** As `checkSecond`, for a change that is approved in another way than among others. */
export function checkSecondFor(db: Database, by: DecisionMaker, change: Change): void {
  const row = db.get('SELECT unusual FROM batches WHERE batch = ?', change.batch);
  const ofBatch = row === undefined ? [] : json<Unusual<BatchRuleName>[]>(row, 'unusual');
  const unusual = unusualOf(change, change.unusual, ofBatch).map(({ rule }) => rule);
  checkSecond(db, by, [{ ...change, unusual }]);
}

/** A station account sends it although the server would not take it from its author. */
export function isBeyondAuthor({ refused }: Pick<Change, 'refused'>): boolean {
  return refused !== null;
}

const idsOf = (changes: readonly Approved[]): Set<string> => new Set(changes.map(({ id }) => id));
