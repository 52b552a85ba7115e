/** Undoes a decision, and brings what depends on it up to date. */
import type { Undone } from '../../../shared/contract.ts';
import { flagContradictions } from '../../ledger/contradiction-flags.ts';
import type { DecisionMaker } from '../../ledger/keys.ts';
import { undoDecision } from '../../ledger/undo.ts';
import type { Core } from '../core.ts';
import { classDocuments } from './reclassify.ts';

type UndoCore = Pick<Core, 'db' | 'joins' | 'clock' | 'person' | 'now' | 'changed'>;

/** @throws StationError as `undoDecision` */
export function undo(core: UndoCore, decision: number, by: DecisionMaker): Undone {
  const { undone, later, lapsed } = core.db.transaction(() => {
    const result = undoDecision(core.db, decision, by);
    classDocuments(core, result.ids);
    flagContradictions(core.db, result.ids);
    return result;
  });
  core.changed('batches', 'conflicts', 'outbox');
  return { undone, later, lapsed };
}
