/** What the CHT app leaves out when it pushes (cht-facts §2, Webapp push, `readOnlyFilter`). */
import type { StoredDoc } from './pouch.ts';

const TYPES = ['form', 'translations', 'ui-extension'];
const IDS = [
  'resources',
  'branding',
  'service-worker-meta',
  'zscore-charts',
  'settings',
  'partners',
  'extension-libs',
];
const PURGE_STUB = ['_deleted', '_id', '_rev', 'purged'];

/** True for configuration, design documents and purge stubs of exactly four keys. */
export function staysOnPhone(doc: StoredDoc): boolean {
  const keys = Object.keys(doc).sort();
  const stub = keys.length === PURGE_STUB.length && keys.every((key, at) => key === PURGE_STUB[at]);
  return stub || doc._id.startsWith('_design/') || IDS.includes(doc._id) || TYPES.includes(String(doc.type));
}
