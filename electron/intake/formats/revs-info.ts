/**
 * `_revs_info`: what a database answers to `revs_info=true`, each revision of the document's own branch with its state,
 * newest first. It is a history where there is no `_revisions`.
 */
import type { Limits } from '../../../shared/limits.ts';
import { generationOf, isRevision } from '../../../shared/revisions.ts';
import { isFields } from './fields.ts';

/** `undefined` where it is no unbroken history that begins with the revision. */
export function historyOfInfo(info: unknown, rev: unknown, limits: Limits): string[] | undefined {
  if (!Array.isArray(info) || info.length === 0 || info.length > limits.historyLength) return undefined;
  const history: string[] = [];
  for (const one of info as readonly unknown[]) {
    const revision = isFields(one) ? one['rev'] : undefined;
    if (typeof revision !== 'string' || !isRevision(revision)) return undefined;
    const before = history.at(-1);
    if (before === undefined ? revision !== rev : generationOf(revision) !== generationOf(before) - 1)
      return undefined;
    history.push(revision);
  }
  return history;
}
