/** Says how a job ended when the person has gone to another place; its own place shows the ending itself. */
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { Job } from '../../shared/contract.ts';
import { endWords } from '../components/results.ts';
import { useJobStore } from './jobs.ts';
import { notify } from './notices.ts';
import type { Place } from './preferences.ts';
import { useFormat } from './use-format.ts';
import { useWhere } from './use-where.ts';

const HOME: Readonly<Record<Job['kind'], Place>> = {
  intake: 'arrivals',
  compare: 'review',
  'dry-run': 'outbox',
  upload: 'outbox',
  sync: 'arrivals',
  prepare: 'arrivals',
  apply: 'arrivals',
  confirm: 'arrivals',
  restore: 'settings',
  backup: 'settings',
  retention: 'settings',
  update: 'settings',
};

export function useJobNotices(): void {
  const { t } = useTranslation();
  const format = useFormat();
  const jobs = useJobStore();
  const { where, go } = useWhere();
  const latest = useRef({ t, format, where });
  latest.current = { t, format, where };

  useEffect(
    () =>
      jobs.onEnd((job) => {
        const now = latest.current;
        if (job.end === null) return;
        const home = HOME[job.kind];
        if (now.where.place === home) return;
        // It gave way to what a person waits for, and goes on by itself.
        if (job.kind === 'retention' && job.end.kind === 'stopped') return;
        const { tone, text, more } = endWords(now.t, job.end, now.format);
        notify({
          tone,
          text: `${now.t(`job.${job.kind}`)}: ${text}`,
          ...(more === undefined ? {} : { more }),
          action: { label: now.t(`place.${home}`), run: () => go({ place: home }) },
        });
      }),
    [jobs, go],
  );
}
