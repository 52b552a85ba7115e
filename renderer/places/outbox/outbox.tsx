/** What was approved and where it is: waiting for internet, sent without proof, accepted, refused, put aside. */
import { CircleCheck, CircleX, Info, Send, TriangleAlert } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { JobEnd } from '../../../shared/contract.ts';
import { runs } from '../../hooks/jobs.ts';
import { withdrawUndos } from '../../hooks/notices.ts';
import { ownJobStarted, useOwnJob } from '../../hooks/own-jobs.ts';
import { useClient } from '../../hooks/use-asked.ts';
import { useKnown } from '../../hooks/use-station.ts';
import { useWhere } from '../../hooks/use-where.ts';
import { Button } from '../../parts/button.tsx';
import { PlaceHead } from '../../parts/place-head.tsx';
import { Progress } from '../../parts/progress.tsx';
import { endWords } from '../../parts/results.ts';
import { SignIn } from '../../parts/sign-in.tsx';
import { BoxList } from './box-list.tsx';
import { Boxes } from './boxes.tsx';
import { PastUploads } from './past-uploads.tsx';
import { Receipts } from './receipts.tsx';
import { UploadCounts } from './upload-counts.tsx';

export function Outbox() {
  const { t } = useTranslation();
  const client = useClient();
  const { status, server } = useKnown();
  const { go } = useWhere();
  const job = useOwnJob('upload');
  const [signingIn, setSigningIn] = useState(false);
  const waiting = (status?.outbox.waiting ?? 0) + (status?.outbox.unproven ?? 0);
  const running = job !== undefined && runs(job);

  const start = async (user: string, password: string) => {
    const answer = await client.ask('upload.start', { user, password });
    ownJobStarted('upload', answer.job);
    withdrawUndos();
    return answer.job;
  };
  return (
    <>
      <PlaceHead title={t('place.outbox')}>
        <div className="actions">
          {server?.url === null ? (
            <>
              <span className="help">{t('compare.noServer')}</span>
              <Button onPress={() => go({ place: 'settings' })}>{t('place.settings')}</Button>
            </>
          ) : running ? null : (
            <Button look="main" icon={Send} isDisabled={waiting === 0} onPress={() => setSigningIn(true)}>
              {waiting === 0 ? t('outbox.nothing') : t('outbox.send', { count: waiting })}
            </Button>
          )}
        </div>
      </PlaceHead>
      {running ? (
        <section className="card">
          <Progress job={job} />
        </section>
      ) : null}
      {job?.end == null ? null : <UploadEnd end={job.end} />}
      <Boxes />
      <BoxList />
      <div className="two">
        <Receipts />
        <PastUploads />
      </div>
      <SignIn
        title={t('outbox.signInTitle')}
        about={t('outbox.signInAbout')}
        submit={t('outbox.sendNow')}
        open={signingIn}
        onClose={() => setSigningIn(false)}
        start={start}
      />
    </>
  );
}

const ICONS = { good: CircleCheck, warning: TriangleAlert, bad: CircleX, plain: Info };

function UploadEnd({ end }: { readonly end: JobEnd }) {
  const { t } = useTranslation();
  const { tone, text, more } = endWords(t, end);
  const Icon = ICONS[tone];
  return (
    <section className="card result" aria-label={t('outbox.result')}>
      <div className={`result-line tone-${tone}`} role="status">
        <Icon aria-hidden size={24} />
        <p>
          <strong>{text}</strong>
          {more === undefined ? null : <span> {more}</span>}
        </p>
      </div>
      {end.kind === 'uploaded' ? <UploadCounts upload={end.upload} /> : null}
    </section>
  );
}
