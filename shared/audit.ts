/** What the history can say that somebody did. The list is closed; its words are in `words/<language>/audit.json`. */
import type words from './words/en/audit.json';

export const AUDIT_ACTIONS = [
  'imported',
  'phone-read',
  'approved',
  'held',
  'reopened',
  'undone',
  'rebased',
  'brought-back',
  'joined',
  'superseded',
  'contradicted',
  'content-chosen',
  'conflict-kept',
  'conflict-merged',
  'conflict-reopened',
  'owner-set',
  'set-aside',
  'put-back',
  'dismissed',
  'dismissal-undone',
  'compared',
  'refusal-foreseen',
  'refusal-lifted',
  'uploaded',
  'proven',
  'refused',
  'other-content-found',
  'gone-from-server',
  'server-set',
  'server-named',
  'server-unnamed',
  'password-changed',
  'login-kept',
  'login-removed',
  'auto-import-on',
  'auto-import-off',
  'folder-watched',
  'folder-unwatched',
  'language-set',
  'store-restored',
  'ledger-restored',
  'ledger-mended',
  'approval-lapsed',
] as const satisfies readonly (keyof typeof words)[];
export type AuditAction = (typeof AUDIT_ACTIONS)[number];

export function isAuditAction(value: string): value is AuditAction {
  return (AUDIT_ACTIONS as readonly string[]).includes(value);
}
