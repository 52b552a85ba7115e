/** What came of a piece of work, in one sentence whose numbers add up, and how it ended. */
import type { TFunction } from 'i18next';
import type { DryRun, JobEnd } from '../../shared/contract.ts';
import type { ImportResult } from '../../shared/intake.ts';
import type { ParcelApplied, ParcelPrepared } from '../../shared/parcel.ts';
import type { PhoneConfirmed } from '../../shared/phone-confirmation.ts';
import type { OthersWork, UploadResult } from '../../shared/upload.ts';
import type { Format } from '../hooks/use-format.ts';
import { sentenceIn, sentenceOfText } from './failure.tsx';
import type { EndWords } from './end-words.ts';
import { syncWords } from './sync-words.ts';

/** `nothing`: all of it was here already. That is a normal ending. */
export type Ending = 'new' | 'partly' | 'nothing' | 'failed';

export interface Taken {
  readonly new: number;
  readonly known: number;
  readonly skipped: number;
  readonly broken: number;
  /** Sealed bundles, which are kept as they are; that they cannot be looked into is no problem. */
  readonly sealed: number;
  readonly failedFiles: number;
  readonly files: number;
  /** For files that were read just now; what was said about a file before is not news. */
  readonly problems: number;
}

export function addUp(imports: readonly ImportResult[]): Taken {
  const sum = (of: (one: ImportResult) => number) => imports.reduce((total, one) => total + of(one), 0);
  return {
    new: sum((one) => one.documents.new),
    known: sum((one) => one.documents.known),
    skipped: sum((one) => one.documents.skipped),
    broken: sum((one) => one.documents.broken),
    sealed: imports.filter((one) => one.bundle !== undefined && one.outcome === 'taken').length,
    failedFiles: imports.filter((one) => one.outcome === 'failed').length,
    files: imports.length,
    problems: sum((one) =>
      one.outcome === 'again' ? 0 : one.problemsTotal - (one.bundle === undefined ? 0 : sealedSaid(one)),
    ),
  };
}

function sealedSaid({ problems }: ImportResult): number {
  return problems.filter(({ code }) => code === 'sealed-bundle').length;
}

export function endingOf(taken: Taken): Ending {
  if (taken.files > 0 && taken.failedFiles === taken.files) return 'failed';
  if (taken.broken > 0 || taken.failedFiles > 0 || taken.problems > 0) return 'partly';
  return taken.new > 0 || taken.sealed > 0 ? 'new' : 'nothing';
}

/** "37 new, 5 already here, 3 unreadable". */
export function takenSentence(t: TFunction, taken: Taken): string {
  if (taken.files > 0 && taken.failedFiles === taken.files) {
    return t('result.filesFailed', { count: taken.failedFiles });
  }
  const parts = [
    taken.new > 0 || taken.known + taken.sealed === 0 ? t('result.new', { count: taken.new }) : null,
    taken.known > 0 ? t('result.known', { count: taken.known }) : null,
    taken.sealed > 0 ? t('result.sealed', { count: taken.sealed }) : null,
    taken.broken > 0 ? t('result.broken', { count: taken.broken }) : null,
    taken.skipped > 0 ? t('result.skipped', { count: taken.skipped }) : null,
    taken.failedFiles > 0 ? t('result.filesFailed', { count: taken.failedFiles }) : null,
  ];
  return parts.filter((part) => part !== null).join(', ');
}

function sentCounts(t: TFunction, upload: UploadResult): readonly string[] {
  const some = (count: number, key: 'accepted' | 'already' | 'refused' | 'failed' | 'lapsed' | 'waiting') =>
    count > 0 ? [t(`sent.${key}`, { count })] : [];
  return [
    ...some(upload.accepted, 'accepted'),
    ...some(upload.already, 'already'),
    ...some(upload.totals.refused, 'refused'),
    ...some(upload.totals.failed, 'failed'),
    ...some(upload.totals.lapsed, 'lapsed'),
    ...some(upload.totals.waiting, 'waiting'),
  ];
}

export function uploadSentence(t: TFunction, upload: UploadResult): string {
  const counts = sentCounts(t, upload);
  return counts.length === 0 ? t('sent.nothing') : counts.join(', ');
}

/** A dry run: what was looked at, what would be refused, and of whom nothing could be told. */
function dryRunWords(t: TFunction, checked: number, found: DryRun): EndWords {
  const { toSend, refused, lifted, notTold, others } = found;
  const text =
    toSend.records === 0
      ? t(others.length > 0 ? 'dryRun.nothingYours' : 'dryRun.nothingApproved')
      : `${t('dryRun.looked', { count: toSend.records })} ${
          toSend.refused > 0
            ? t('dryRun.refused', { count: toSend.refused })
            : toSend.overruled > 0
              ? ''
              : t('dryRun.none')
        }`.trim();
  const open = { checked: checked - toSend.records, refused: refused - toSend.refused - toSend.overruled };
  const more = [
    toSend.overruled > 0 ? t('dryRun.overruled', { count: toSend.overruled }) : null,
    open.checked > 0 ? t('dryRun.open', { count: open.checked }) : null,
    open.checked > 0 && open.refused > 0 ? t('dryRun.openRefused', { count: open.refused }) : null,
    refused > toSend.overruled ? t('dryRun.see') : null,
    lifted > 0 ? t('dryRun.lifted', { count: lifted }) : null,
    ...notTold.map((user) => notToldWords(t, user)),
    ...others.map((work) => othersWords(t, work)),
  ].filter((part) => part !== null);
  return {
    tone: refused + notTold.length > 0 ? 'warning' : toSend.records === 0 ? 'plain' : 'good',
    text,
    ...(more.length > 0 ? { more: more.join(' ') } : {}),
  };
}

/** What stays for another person, with the name of that person. */
function othersWords(t: TFunction, { user, records }: OthersWork): string {
  return user === null
    ? t('sent.othersUnknown', { count: records })
    : t('sent.others', { count: records, user });
}

function notToldWords(t: TFunction, user: string): string {
  return user === '' ? t('dryRun.unknownUser') : t('dryRun.notTold', { user });
}

/** What lies here now for a person's phone. */
function preparedWords(t: TFunction, { parcel, leftOut }: ParcelPrepared): EndWords {
  const { user, documents, deletes } = parcel;
  const left = Object.values(leftOut).reduce((sum, one) => sum + one, 0);
  const counts = {
    records: t('parcel.records', { count: documents }),
    drops: t('parcel.records', { count: deletes }),
  };
  return {
    tone: left > 0 ? 'warning' : documents + deletes > 0 ? 'good' : 'plain',
    text: documents + deletes > 0 ? t('parcel.prepared', { user, ...counts }) : t('parcel.nothing', { user }),
    ...(left > 0 ? { more: t('parcel.leftOut', { records: t('parcel.records', { count: left }) }) } : {}),
  };
}

/** What a phone was given, and what was left alone on it. */
function appliedWords(t: TFunction, { outcome, error, counts, madeAt }: ParcelApplied): EndWords {
  const why = error === null ? null : sentenceIn(t, error);
  const more = [
    why === null ? null : `${why.sentence} ${why.action}`,
    ...(['unproven', 'version', 'failed'] as const).map((one) =>
      counts[one] > 0 ? t(`parcel.${one}`, { records: t('parcel.records', { count: counts[one] }) }) : null,
    ),
  ].filter((part) => part !== null);
  const tones = { done: more.length > 0 ? 'warning' : 'good', stopped: 'plain', cut: 'warning' } as const;
  const text = t(`parcel.${outcome}`, {
    written: t('parcel.records', { count: counts.written }),
    dropped: t('parcel.records', { count: counts.dropped }),
    date: new Date(madeAt),
  });
  return { tone: tones[outcome], text, ...(more.length > 0 ? { more: more.join(' ') } : {}) };
}

/** Whether a phone was told that the server has what it holds, and what stands against it. */
function confirmedWords(
  t: TFunction,
  { user, outcome, proven, refused, unproven }: PhoneConfirmed,
): EndWords {
  const records = (count: number) => t('confirm.records', { count });
  if (outcome === 'unproven') {
    const text = t('confirm.unproven', { records: records(unproven.records) });
    return { tone: 'warning', text, more: t('confirm.unprovenMore') };
  }
  return {
    tone: refused > 0 ? 'warning' : 'good',
    text: t(`confirm.${outcome}`, { user, records: records(proven) }),
    ...(refused > 0 ? { more: t('confirm.refused', { records: records(refused) }) } : {}),
  };
}

const ENDING_TONES = { new: 'good', partly: 'warning', nothing: 'plain', failed: 'bad' } as const;
const UPLOAD_TONES = {
  done: 'good',
  partly: 'warning',
  stopped: 'plain',
  failed: 'bad',
  running: 'plain',
  nothing: 'warning',
} as const;

export function endWords(t: TFunction, end: JobEnd, format: Pick<Format, 'time'>): EndWords {
  switch (end.kind) {
    case 'backed-up':
      return {
        tone: end.isShared ? 'warning' : 'good',
        text: t('backup.written', { name: end.name }),
        ...(end.isShared ? { more: t('backup.shared') } : {}),
      };
    case 'update-copied':
      return { tone: 'good', text: t('newVersion.copied', { version: end.version }) };
    case 'update-handed-over':
      return { tone: 'good', text: t(`newVersion.${end.how}`, { version: end.version }) };
    case 'given-up':
      return {
        tone: end.records + end.copies > 0 ? 'good' : 'plain',
        text: t('retention.gone', { count: end.records }),
        more: t('retention.goneCopies', { count: end.copies }),
      };
    case 'confirmed':
      return confirmedWords(t, end.confirmed);
    case 'imported': {
      const taken = addUp(end.imports);
      const ending = endingOf(taken);
      return { tone: ENDING_TONES[ending], text: takenSentence(t, taken), more: t(`ending.${ending}`) };
    }
    case 'compared':
      return {
        tone: 'good',
        text: t('compare.done', { count: end.checked }),
        ...(end.hidden > 0 ? { more: t('compare.hidden', { count: end.hidden }) } : {}),
      };
    case 'dry-run':
      return dryRunWords(t, end.checked, end.dryRun);
    case 'uploaded': {
      const { upload, others, asked = { foreseen: 0, notTold: [] } } = end;
      const why = upload.error === null ? null : sentenceOfText(t, upload.error);
      const more = [
        why === null ? null : `${why.sentence} ${why.action}`,
        asked.foreseen > 0 ? t('sent.asked', { count: asked.foreseen }) : null,
        ...asked.notTold.map((user) => notToldWords(t, user)),
        ...others.map((work) => othersWords(t, work)),
      ].filter((part) => part !== null);
      const tone = UPLOAD_TONES[upload.outcome];
      return {
        tone: tone === 'good' && more.length > 0 ? 'warning' : tone,
        text:
          upload.outcome === 'nothing'
            ? t(others.length > 0 ? 'sent.nothingYours' : 'sent.nothingApproved')
            : uploadSentence(t, upload),
        ...(more.length > 0 ? { more: more.join(' ') } : {}),
      };
    }
    case 'synced':
      return syncWords(t, end.sync, format);
    case 'prepared':
      return preparedWords(t, end.prepared);
    case 'applied':
      return appliedWords(t, end.applied);
    case 'restored': {
      if (end.gone > 0) return { tone: 'bad', text: t('health.gone', { count: end.gone }) };
      const text =
        end.restored > 0
          ? t('health.restored', { count: end.restored })
          : t('health.checked', { count: end.checked });
      return { tone: 'good', text };
    }
    case 'stopped':
      return { tone: 'plain', text: t('end.stopped'), more: t('end.stoppedMore') };
    case 'failed': {
      const { sentence, action } = sentenceIn(t, end.code);
      return { tone: 'bad', text: sentence, more: action };
    }
  }
}
