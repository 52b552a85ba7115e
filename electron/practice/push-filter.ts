/** What the CHT app leaves out when it pushes (docs/cht.md §2.6). */
import type { StoredDoc } from './pouch.ts';

/** Plain data, so that a page of a browser can be given it. */
export const STAYS_ON_PHONE = {
  types: ['form', 'translations', 'ui-extension'],
  ids: [
    'resources',
    'branding',
    'service-worker-meta',
    'zscore-charts',
    'settings',
    'partners',
    'extension-libs',
  ],
  /** The keys of a purge stub, sorted; no more and no fewer. */
  purgeStub: ['_deleted', '_id', '_rev', 'purged'],
} as const;

/** True for configuration, design documents and purge stubs of exactly four keys. */
export function staysOnPhone(doc: StoredDoc): boolean {
  const { types, ids, purgeStub } = STAYS_ON_PHONE;
  const isIn = (list: readonly string[], text: string): boolean => list.includes(text);
  const keys = Object.keys(doc).sort();
  const stub = keys.length === purgeStub.length && keys.every((key, at) => key === purgeStub[at]);
  return stub || doc._id.startsWith('_design/') || isIn(ids, doc._id) || isIn(types, String(doc.type));
}
