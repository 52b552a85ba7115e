/** Where PouchDB keeps what in its LevelDB: each store is a key range of it, marked off by U+00FF. */

/** The trees, by id. */
export const DOCUMENTS = '\u00ffdocument-store\u00ff';
/** The bodies, by the number that PouchDB gave each. */
export const BODIES = '\u00ffby-sequence\u00ff';
/** Which revisions have an attachment, by its digest. */
export const ATTACHMENTS = '\u00ffattach-store\u00ff';
/** The bytes of attachments, by their digest. */
export const ATTACHMENT_BYTES = '\u00ffattach-binary-store\u00ff';
/** How many documents are not deleted. */
export const DOCUMENT_COUNT = '\u00ffmeta-store\u00ff_local_doc_count';
/** The last number that was given to a body. */
export const LAST_NUMBER = '\u00ffmeta-store\u00ff_local_last_update_seq';

/** Where a body is; a number that there is not names no key. */
export function bodyKey(number: number | undefined): string {
  return BODIES + String(number ?? '').padStart(16, '0');
}
