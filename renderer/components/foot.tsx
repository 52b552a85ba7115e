/** The standing line: what would be lost with this computer, and the work that is going on. */
import { ShieldAlert, ShieldCheck } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { runs, useJobs } from '../hooks/jobs.ts';
import { useFormat } from '../hooks/use-format.ts';
import { useStationStatus } from '../hooks/use-station-status.ts';
import { Progress } from './progress.tsx';

export function Foot() {
  const { t } = useTranslation();
  const format = useFormat();
  const { status, info } = useStationStatus();
  const running = useJobs().filter(runs);
  const onlyHere = status?.onlyHere;
  const sealed = status?.sealed ?? 0;
  // Nobody knows yet what is still being read.
  const isSafe = onlyHere === 0 && sealed === 0 && status?.unfinished === 0;
  return (
    <footer className="foot">
      {info?.practice == null ? null : <strong className="mark tone-warning">{t('practice.mark')}</strong>}
      <p className={isSafe ? 'only-here tone-good' : 'only-here tone-warning'} role="status">
        {onlyHere === undefined ? null : isSafe ? (
          <ShieldCheck aria-hidden size={20} />
        ) : (
          <ShieldAlert aria-hidden size={20} />
        )}
        {onlyHere === undefined
          ? ''
          : onlyHere === null
            ? t('foot.notCompared')
            : onlyHere > 0
              ? t('foot.onlyHere', { count: onlyHere })
              : isSafe
                ? t('foot.nothing')
                : null}
        {sealed > 0 ? <span>{t('foot.sealed', { count: sealed })}</span> : null}
      </p>
      {status === undefined ? null : (
        <p className="help">
          {status.backedUpAt === null
            ? t('foot.noBackup')
            : t('foot.backedUp', { ago: format.ago(status.backedUpAt) })}
        </p>
      )}
      <div className="foot-jobs" aria-label={t('foot.jobs')} role="group">
        {running.slice(0, 2).map((job) => (
          <Progress key={job.job} job={job} small />
        ))}
        {running.length > 2 ? <span>{t('foot.more', { count: running.length - 2 })}</span> : null}
      </div>
    </footer>
  );
}
