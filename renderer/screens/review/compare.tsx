/** How old the comparison with the server is, and the way to a new one. */
import { CircleCheck, CircleX, Info, RefreshCw, TriangleAlert } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { runs } from '../../hooks/jobs.ts';
import { ownJobStarted, useOwnJob } from '../../hooks/own-jobs.ts';
import { useClient } from '../../hooks/use-query.ts';
import { useFormat } from '../../hooks/use-format.ts';
import { useStationStatus } from '../../hooks/use-station-status.ts';
import { useWhere } from '../../hooks/use-where.ts';
import { Button } from '../../components/button.tsx';
import { Progress } from '../../components/progress.tsx';
import { endWords } from '../../components/results.ts';
import { SignIn } from '../../components/sign-in.tsx';
import type { Login } from '../../hooks/use-sign-in.ts';

const ICONS = { good: CircleCheck, warning: TriangleAlert, bad: CircleX, plain: Info };

interface Props {
  /** Of what is shown; a batch may be older than the last comparison. */
  readonly comparedAt: string | null | undefined;
  /** Beside other things: only how old it is, not how the last one ended. */
  readonly brief?: boolean;
}

export function Compare({ comparedAt, brief = false }: Props) {
  const { t } = useTranslation();
  const format = useFormat();
  const { server } = useStationStatus();
  const { go } = useWhere();
  const job = useOwnJob('compare');
  const [signingIn, setSigningIn] = useState(false);

  if (server?.url === null) {
    return (
      <div className="compare tone-warning">
        <Info aria-hidden size={20} />
        <span>{t('compare.noServer')}</span>
        <Button onPress={() => go({ place: 'settings' })}>{t('place.settings')}</Button>
      </div>
    );
  }
  const running = job !== undefined && runs(job);
  const ended = job?.end == null || brief ? null : endWords(t, job.end, format);
  const EndIcon = ended === null ? Info : ICONS[ended.tone];
  return (
    <div className="compare">
      {running ? (
        <Progress job={job} small={brief} />
      ) : (
        <>
          <span className={comparedAt === null ? 'tone-warning compare-age' : 'compare-age'}>
            {comparedAt === null ? <TriangleAlert aria-hidden size={18} /> : null}
            {comparedAt === undefined
              ? ''
              : comparedAt === null
                ? t('compare.never')
                : t('compare.ago', { ago: format.ago(comparedAt) })}
          </span>
          {ended === null ? null : (
            <span className={`compare-end tone-${ended.tone}`} role="status">
              <EndIcon aria-hidden size={18} /> {ended.text} {ended.more ?? ''}
            </span>
          )}
          <Button icon={RefreshCw} onPress={() => setSigningIn(true)}>
            {t('compare.start')}
          </Button>
        </>
      )}
      <CompareAs owner={null} open={signingIn} onClose={() => setSigningIn(false)} />
    </div>
  );
}

interface AsProps {
  /** Whose record it is about; this name is filled in. */
  readonly owner: string | null;
  readonly open: boolean;
  readonly onClose: () => void;
}

/** Signs in to the server and compares. A health worker is shown what no other account may be shown. */
export function CompareAs({ owner, open, onClose }: AsProps) {
  const { t } = useTranslation();
  const client = useClient();
  const start = async ({ user, password }: Login) => {
    const answer = await client.ask('compare.start', { user, ...password });
    ownJobStarted('compare', answer.job);
    return answer.job;
  };
  return (
    <SignIn
      title={t('compare.title')}
      about={t('compare.about')}
      submit={t('compare.start')}
      open={open}
      onClose={onClose}
      start={start}
      {...(owner === null ? {} : { proposed: owner })}
    />
  );
}
