/** A phone that synchronises, in words: how far it is, and what came of it. */
import type { TFunction } from 'i18next';
import type { Job } from '../../shared/contract.ts';
import type { SyncResult } from '../../shared/phone-sync.ts';
import type { Format } from '../hooks/use-format.ts';
import { sentenceIn } from './failure.tsx';
import type { EndWords } from './end-words.ts';

/** "sent 120 of about 150 · got 54": what the app leaves out of what it has is its own affair. */
export function syncProgress(t: TFunction, job: Job, format: Pick<Format, 'number'>): string {
  const received = format.number(job.counts['received'] ?? 0);
  if (job.total === null || job.total === 0) return t('progress.syncNothing', { received });
  const [sent, total] = [format.number(job.done), format.number(job.total)];
  return t('progress.sync', { sent, total, received });
}

/** Where the app stands still: what is known of its sync, and what the person can do. `null`: it synchronises. */
export function standsStill(t: TFunction, job: Job, format: Pick<Format, 'number'>): string | null {
  if (job.step !== 'quiet' && job.step !== 'unended') return null;
  const { failures = 0, sent = 0, confirmed } = job.counts;
  const numbers = { sent: format.number(sent), confirmed: format.number(confirmed ?? 0) };
  return [
    job.step === 'quiet' ? t('sync.standsQuiet') : t('sync.standsUnended', { count: failures }),
    sent === 0 ? t('sync.sentNothing') : confirmed === undefined ? null : t('sync.confirmed', numbers),
    t('sync.goOn'),
  ]
    .filter((part) => part !== null)
    .join(' ');
}

/** What a phone sent and received, in one sentence, and what is to be known beside it. */
export function syncWords(t: TFunction, sync: SyncResult, format: Pick<Format, 'time'>): EndWords {
  if (sync.outcome === 'asks') return { tone: 'warning', text: t('sync.asks') };
  const unproven = Math.max(0, sync.sent - sync.accepted - sync.refused);
  const why = sync.error === null ? null : sentenceIn(t, sync.error);
  const isDone = sync.outcome === 'done';
  const more = [
    why === null ? null : `${why.sentence} ${why.action}`,
    sync.failures > 0 ? t('sync.failures', { count: sync.failures }) : null,
    sync.refused > 0 ? t('sync.refused', { count: sync.refused }) : null,
    unproven > 0 ? t('sync.unproven', { count: unproven }) : null,
    isDone && sync.left > 0 ? t('sync.left', { count: sync.left }) : null,
    isDone && sync.lacking > 0 ? t('sync.lacking', { count: sync.lacking }) : null,
    isDone && !sync.compared ? t('sync.notCompared') : null,
  ].filter((part) => part !== null);
  const counts = {
    sent: t('sync.records', { count: sync.sent }),
    received: t('sync.records', { count: sync.received }),
  };
  const text = t(`sync.${sync.outcome}`, counts);
  // Its records are as the server has them; its program is another matter.
  const program = sync.plan.versions === null ? null : t('sync.program', { ...sync.plan.versions });
  if (isDone && more.length === 0 && sync.endedAt !== null)
    return {
      tone: 'good',
      text: `${text} ${t('sync.upToDate', { time: format.time(sync.endedAt) })}`,
      ...(program === null ? {} : { more: program }),
    };
  if (isDone && program !== null) more.push(program);
  const tones = { done: 'warning', stopped: 'plain', cut: 'warning' } as const;
  return { tone: tones[sync.outcome], text, ...(more.length > 0 ? { more: more.join(' ') } : {}) };
}
