/**
 * Reads forms, translations and settings from the server while somebody is signed in, only what changed since. A
 * restricted user may read all of them (docs/cht.md §4.4). What cannot be read is no reason to end anything: labels are
 * a help, and those of the dump are still here.
 */
import { StationError } from '../../../shared/errors.ts';
import { labelDocumentOf, XFORM, type LabelDocument } from '../../../shared/label-documents.ts';
import { fieldAt, isObject, textAt } from '../../../shared/untrusted.ts';
import {
  forgetServerLabels,
  formIdsOfDumps,
  recordLabelDocuments,
  SERVER,
  serverLabelRevisions,
} from '../../ledger/label-documents.ts';
import type { ChtClient } from '../../upload/client.ts';
import type { Core } from '../core.ts';

const AT_ONCE = 100;
/** A deployment has some dozens of forms; a dump may name as many as it likes. */
const FORMS_OF_DUMPS = 1000;

export async function readServerLabels(core: Core, client: ChtClient): Promise<void> {
  try {
    await readChanged(core, client);
  } catch (error) {
    if (!(error instanceof StationError) || error.code === 'cancelled') throw error;
    core.log(`labels of the server were not read: ${error.code}`);
  }
}

async function readChanged(core: Core, client: ChtClient): Promise<void> {
  const settings = await client.document('settings');
  const forms = await client.formIds();
  if (settings === null || forms === null) return;
  const languages = languagesIn(settings).map((code) => `messages-${code}`);
  // A form's id need not be its code: those that phones have are asked about too.
  const known = formIdsOfDumps(core.db, FORMS_OF_DUMPS);
  const wanted = [...new Set(['settings', ...languages, ...forms, ...known])];
  const here = serverLabelRevisions(core.db);
  const there = new Set<string>();
  for (let from = 0; from < wanted.length; from += AT_ONCE) {
    const some = wanted.slice(from, from + AT_ONCE).map((id) => ({ id }));
    for (const stub of await client.bulkGet(some)) {
      const [id, rev] = [textAt(stub, '_id'), textAt(stub, '_rev')];
      if (id === undefined || rev === undefined || stub['_deleted'] === true) continue;
      there.add(id);
      if (here.get(id) === rev) continue;
      const found = await labelDocument(client, { id, rev, stub });
      // Each by itself: what is read stays read when the session ends in the middle.
      if (found !== null)
        core.db.transaction(() => recordLabelDocuments(core.db, SERVER, [found], core.now()));
    }
  }
  const gone = [...here.keys()].filter((id) => !there.has(id));
  core.db.transaction(() => forgetServerLabels(core.db, gone));
}

async function labelDocument(
  client: ChtClient,
  { id, rev, stub }: { readonly id: string; readonly rev: string; readonly stub: Record<string, unknown> },
): Promise<LabelDocument | null> {
  const isForm = isObject(fieldAt(stub, '_attachments', XFORM));
  const whole = isForm ? ((await client.withAttachments(id, rev)) ?? stub) : stub;
  const { _id, _rev, _revisions, _attachments, ...body } = whole;
  const data = textAt(_attachments, XFORM, 'data');
  const xform = data === undefined ? null : Buffer.from(data, 'base64').toString('utf8');
  return labelDocumentOf({ id, rev, deleted: false, body }, xform);
}

/** Codes of the languages that a deployment has, with those of its own locales. */
function languagesIn(settings: Record<string, unknown>): string[] {
  const own = fieldAt(settings, 'settings');
  const codes = new Set<string>(['en']);
  for (const list of [fieldAt(own, 'locales'), fieldAt(own, 'languages')]) {
    if (!Array.isArray(list)) continue;
    for (const one of list as unknown[]) {
      const code = textAt(one, 'code') ?? textAt(one, 'locale');
      if (code !== undefined) codes.add(code);
    }
  }
  const chosen = textAt(own, 'locale');
  if (chosen !== undefined) codes.add(chosen);
  return [...codes];
}
