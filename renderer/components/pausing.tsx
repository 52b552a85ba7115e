/** An upload that waits says why, and offers what a person can do about it. */
import { BatteryLow, Pause, Play, WifiOff } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Job } from '../../shared/contract.ts';
import type { PauseReason } from '../../shared/upload.ts';
import { notify } from '../hooks/notices.ts';
import { useClient } from '../hooks/use-query.ts';
import { Button } from './button.tsx';
import { failureSentence } from './failure.tsx';

const ICONS = { person: Pause, power: BatteryLow, offline: WifiOff } as const;

function useTell(job: Job) {
  const { t } = useTranslation();
  const client = useClient();
  return async (name: 'job.pause' | 'job.resume') => {
    try {
      await client.ask(name, { job: job.job });
    } catch (failure) {
      const { sentence, action } = failureSentence(t, failure);
      notify({ tone: 'bad', text: sentence, more: action });
    }
  };
}

/** Why it waits, in the place of its step. */
export function WhyPaused({ paused }: { readonly paused: PauseReason }) {
  const { t } = useTranslation();
  const Icon = ICONS[paused];
  return (
    <span className="why-paused tone-warning" role="status">
      <Icon aria-hidden size={20} />
      <span>{t(`paused.${paused}`)}</span>
    </span>
  );
}

/** Pause or resume. Without internet one can only wait; it resumes automatically. */
export function PauseButton({ job, small }: { readonly job: Job; readonly small: boolean }) {
  const { t } = useTranslation();
  const tell = useTell(job);
  const look = small ? 'quiet' : 'plain';
  if (job.kind !== 'upload') return null;
  if (job.paused === 'person' || job.paused === 'power') {
    return (
      <Button look={look} icon={Play} onPress={() => void tell('job.resume')}>
        {t(job.paused === 'power' ? 'paused.sendAnyway' : 'paused.resume')}
      </Button>
    );
  }
  return (
    <Button look={look} icon={Pause} onPress={() => void tell('job.pause')}>
      {t('paused.pause')}
    </Button>
  );
}
