/** How a conflict ends, from what the person chose. */
import type { Requests } from '../../../shared/contract.ts';
import type { ConflictDetail } from '../../../shared/review.ts';
import type { Choice } from './leaf-table.tsx';
import { mixOf, pathKey, type FieldPick } from './mix.ts';

/** What the person sees: where the two sides are joined, only the fields that are left to decide. */
export function shownOf(conflict: ConflictDetail): ConflictDetail {
  const { join, leaves, fields: differing } = conflict;
  if (join === null) return conflict;
  const fields = join.overlaps.map(({ path, ...overlap }) => ({
    // The same field, and so the same label, and what each side says of it.
    ...differing.find((field) => pathKey(field.path) === pathKey(path)),
    path,
    values: leaves.map(({ origin }) => overlap[origin === 'server' ? 'server' : 'phone']),
  }));
  return { ...conflict, fields };
}

/** The fields that come from another leaf than the base; none where one version is kept as a whole. */
export function picksOf({ leaves, fields }: ConflictDetail, { keep, picks }: Choice): readonly FieldPick[] {
  const base = leaves.findIndex((leaf) => leaf.rev === keep);
  return fields.flatMap(({ path }) => {
    const from = picks?.get(pathKey(path));
    return from === undefined || from === base ? [] : [{ path, from }];
  });
}

type Ending = Pick<Requests['conflict.resolve']['input'], 'keep' | 'merged' | 'choices'>;

/** Whether it ends with a deletion that a phone brought and the server does not have. */
export function deletesRecord({ leaves }: Pick<ConflictDetail, 'leaves'>, ending: Ending | null): boolean {
  return leaves.some(({ rev, origin, deleted }) => rev === ending?.keep && origin === 'dump' && deleted);
}

/** `shown`: from `shownOf`. */
export function endingOf(shown: ConflictDetail, choice: Choice & { readonly keep: string }): Ending {
  const { leaves, bodies, fields, join } = shown;
  const { keep, picks } = choice;
  const base = leaves.findIndex((leaf) => leaf.rev === keep);
  if (join !== null) {
    const sideOf = (leaf: number) => (leaves[leaf]?.origin === 'server' ? 'server' : 'phone');
    return {
      choices: fields.map(({ path }) => {
        const from = picks?.get(pathKey(path)) ?? base;
        return typeof from === 'string'
          ? { path: [...path], take: sideOf(base), typed: from }
          : { path: [...path], take: sideOf(from) };
      }),
    };
  }
  const picked = picksOf(shown, choice);
  return picked.length === 0 ? { keep } : { merged: { ...mixOf(bodies, base, picked) } };
}
