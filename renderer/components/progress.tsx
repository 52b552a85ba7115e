/** A running job: its step in words, how far it is, about how long it still takes, and Stop. */
import { CircleStop } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import { ProgressBar } from 'react-aria-components';
import type { Job } from '../../shared/contract.ts';
import { notify } from '../hooks/notices.ts';
import { useClient } from '../hooks/use-query.ts';
import { useFormat, type Format } from '../hooks/use-format.ts';
import { Bar } from './bar.tsx';
import { Button } from './button.tsx';
import { failureSentence } from './failure.tsx';
import { PauseButton, WhyPaused } from './pausing.tsx';
import { remaining, share, type Sample } from './remaining.ts';
import { syncProgress } from './sync-words.ts';

const COUNTED: ReadonlySet<Job['step']> = new Set([
  'phone',
  'copy',
  'read',
  'ask',
  'send',
  'fetch',
  'write',
  'prove',
  'check',
  'restore',
  'give-up',
  'clear',
]);

/** "Reading · 1,204 of 9,310 records". */
function stepSentence(t: TFunction, format: Format, job: Job): string {
  const step = t(`step.${job.kind}.${job.step}`, { defaultValue: t(`step.${job.step}`) });
  if (job.step === 'sync') return `${step} · ${syncProgress(t, job, format)}`;
  // The numbers of a step that counts nothing are those of the step before it.
  const counts = COUNTED.has(job.step) && (job.total !== null || job.done > 0);
  if (!counts) return step;
  const write = (value: number) => (job.unit === 'bytes' ? format.bytes(value) : format.number(value));
  const counted =
    job.total === null
      ? t('progress.soFar', { done: write(job.done) })
      : t('progress.ofTotal', { done: write(Math.min(job.done, job.total)), total: write(job.total) });
  const unit = job.unit === 'bytes' ? '' : ` ${t(`unit.${job.unit}`, { count: job.total ?? job.done })}`;
  return `${step} · ${counted}${unit}`;
}

function useRemaining(job: Job): number | null {
  const started = useRef<Sample & { readonly step: string }>({ step: '', done: 0, at: 0 });
  const [seconds, setSeconds] = useState<number | null>(null);
  useEffect(() => {
    const at = performance.now();
    if (started.current.step !== job.step) started.current = { step: job.step, done: job.done, at };
    setSeconds(remaining(started.current, { done: job.done, at }, job.total));
  }, [job.step, job.done, job.total]);
  return seconds;
}

export function Progress({ job, small = false }: { readonly job: Job; readonly small?: boolean }) {
  const { t } = useTranslation();
  const format = useFormat();
  const client = useClient();
  const [stopping, setStopping] = useState(false);
  const seconds = useRemaining(job);
  const sentence = stepSentence(t, format, job);
  // How much a phone receives is not known before.
  const isSync = job.step === 'sync';
  const left =
    seconds === null || isSync || job.paused != null
      ? ''
      : ` · ${t('progress.left', { time: format.seconds(seconds) })}`;

  const stop = async () => {
    setStopping(true);
    try {
      await client.ask('job.stop', { job: job.job });
    } catch (failure) {
      setStopping(false);
      const { sentence: text, action } = failureSentence(t, failure);
      notify({ tone: 'bad', text, more: action });
    }
  };

  const value = isSync && job.done === job.total ? null : share(job.done, job.total);
  return (
    <div className={small ? 'progress progress-small' : 'progress'}>
      <ProgressBar
        aria-label={t(`job.${job.kind}`)}
        valueLabel={sentence}
        {...(value === null ? { isIndeterminate: true } : { value })}
      >
        <div className="progress-words">
          {small ? <strong>{t(`job.${job.kind}`)}</strong> : null}
          {stopping || job.paused == null ? (
            <span>
              {stopping ? t('progress.stopping') : sentence}
              {stopping ? '' : left}
            </span>
          ) : (
            <WhyPaused paused={job.paused} />
          )}
        </div>
        <Bar value={value} />
      </ProgressBar>
      {stopping ? null : <PauseButton job={job} small={small} />}
      <Button
        look={small ? 'quiet' : 'plain'}
        icon={CircleStop}
        isDisabled={stopping}
        onPress={() => void stop()}
      >
        {t('action.stop')}
      </Button>
    </div>
  );
}
