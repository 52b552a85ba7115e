import type { TFunction } from 'i18next';
import type { ConflictLeaf } from '../../../shared/review.ts';

/** Whose version it is, in a few words: "Server", "asha · phone-12". */
export function leafName(t: TFunction, leaf: ConflictLeaf): string {
  if (leaf.origin === 'server') return t('conflict.server');
  const user = leaf.user ?? t('batch.unknownUser');
  return leaf.device === null ? user : `${user} · ${leaf.device}`;
}
