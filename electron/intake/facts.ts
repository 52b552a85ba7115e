/** From a record of a dump to the row of its change: what the ledger, the review and the upload need to know. */
import {
  authorOf,
  formOf,
  formTitlesOf,
  kindOf,
  labelOf,
  needsOf,
  reportedAtOf,
  shortCodeOf,
  userSettingsOf,
  whyNeverSent,
} from '../../shared/documents.ts';
import { findFactsOf } from '../../shared/finding.ts';
import { handovers } from '../../shared/handover.ts';
import { labelDocumentOf, XFORM, type LabelDocument } from '../../shared/label-documents.ts';
import { oddFactsOf } from '../../shared/odd-facts.ts';
import { LIMITS } from '../../shared/limits.ts';
import type { DumpRecord } from '../../shared/dump.ts';
import type { NewChange, UserSettings } from '../../shared/intake.ts';
import { contentDigest, madeRevision, type Digest } from '../../shared/derived-revisions.ts';

/** The row of a record's change. A record without a revision gets one that depends on its content alone. */
export function changeOfRecord(
  record: DumpRecord,
  digest: Digest,
  titles: ReadonlyMap<string, string>,
): NewChange {
  const { id, body, deleted, attachments } = record;
  const content = contentDigest(digest, body, deleted, attachments);
  const rev = record.rev ?? madeRevision(digest, null, content);
  const author = authorOf(id, body);
  return {
    id,
    rev,
    ordinal: record.ordinal,
    origin: 'dump',
    history: record.history ?? [rev],
    madeHere: record.rev === undefined,
    deleted,
    neverSent: whyNeverSent(id, body, deleted),
    kind: kindOf(id, body, deleted),
    label: labelOf(id, body, titles),
    form: formOf(body),
    reportedAt: reportedAtOf(body),
    authorUser: author.user ?? null,
    authorContact: author.contact ?? null,
    needs: needsOf(id, body),
    code: shortCodeOf(id, body, deleted),
    finds: findFactsOf(id, body, deleted),
    odd: oddFactsOf(id, body, deleted, Object.keys(attachments)),
    content,
    bytes: record.bytes,
    attachments: Object.keys(attachments).length,
  };
}

/** Whom the dump's own `user-settings` documents speak of. */
export function settingsOfRecord(record: DumpRecord): UserSettings | null {
  const settings = userSettingsOf(record.id, record.body);
  if (settings === null) return null;
  const { user, contactId = null, facilityIds, signsIn } = settings;
  return { user, contactId, facilityIds, signsIn, rev: record.rev ?? null };
}

/** Whose phone a contact says was handed over. */
export function handoversOfRecord({ id, body, deleted }: DumpRecord): ReturnType<typeof handovers> {
  return kindOf(id, body, deleted) === 'contact' && !deleted ? handovers(body) : [];
}

/**
 * The user whom a task names: only the phone of that user holds it (cht-core: replication by `user`). A target says
 * nothing: CHT gives it to supervisors and to colleagues of the facility as well.
 */
export function userOfWork(record: DumpRecord): string | undefined {
  const kind = kindOf(record.id, record.body, record.deleted);
  return kind === 'task' ? authorOf(record.id, record.body).user : undefined;
}

export function titleOfRecord(record: DumpRecord): { form: string; title: string } | null {
  return formTitlesOf(record.id, record.body);
}

/** What a form, translations or settings in a dump say of names; `rev`: as its change has it. */
export function labelOfRecord(record: DumpRecord, rev: string): LabelDocument | null {
  const { id, deleted, body, attachments } = record;
  const xform = attachments[XFORM]?.data;
  return labelDocumentOf(
    { id, rev, deleted, body },
    xform === undefined || xform.length > LIMITS.labelCharacters ? null : Buffer.from(xform).toString('utf8'),
  );
}
