/** What was approved and where it is: waiting for internet, sent without proof, accepted, refused, unreadable. */
import { SearchCheck, Send } from 'lucide-react';
import { useEffect, useEffectEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { runs } from '../../hooks/jobs.ts';
import { withdrawUndos } from '../../hooks/notices.ts';
import { ownJobStarted, useOwnJob } from '../../hooks/own-jobs.ts';
import { useClient } from '../../hooks/use-query.ts';
import { useStationStatus } from '../../hooks/use-station-status.ts';
import { useWhere } from '../../hooks/use-where.ts';
import { Button } from '../../components/button.tsx';
import { PlaceHead } from '../../components/place-head.tsx';
import { Progress } from '../../components/progress.tsx';
import { SignIn } from '../../components/sign-in.tsx';
import type { Login } from '../../hooks/use-sign-in.ts';
import { BoxList } from './box-list.tsx';
import { Boxes } from './boxes.tsx';
import { Ending } from './ending.tsx';
import { PastUploads } from './past-uploads.tsx';
import { People } from './people.tsx';
import { Receipts } from './receipts.tsx';
import { Refused } from './refused.tsx';

export function Outbox() {
  const { t } = useTranslation();
  const client = useClient();
  const { status, server } = useStationStatus();
  const { where, go } = useWhere();
  const upload = useOwnJob('upload');
  const dryRun = useOwnJob('dry-run');
  const [signingIn, setSigningIn] = useState<'send' | 'dry-run' | null>(null);
  /** Whose name is filled in; empty: nobody's. */
  const [checkAs, setCheckAs] = useState('');
  /** Whose sending was pressed; `null`: a station account's; empty: nobody's. */
  const [sendAs, setSendAs] = useState<string | null>('');
  const waiting = status?.outbox.toSend ?? 0;
  const running = [upload, dryRun].find((job) => job !== undefined && runs(job));
  const mayAsk = running === undefined && server?.url != null;
  // What was asked for last is what the person wants to read.
  const ended = [upload, dryRun]
    .filter((job) => job?.end != null)
    .sort((one, other) => (one?.startedAt ?? '').localeCompare(other?.startedAt ?? ''))
    .at(-1);
  const { dryRun: tried } = dryRun?.end?.kind === 'dry-run' ? dryRun.end : {};
  const found = tried !== undefined && tried.refused > tried.toSend.overruled;
  useEffect(() => {
    if (found) go({ box: 'refused' });
  }, [found, dryRun?.job, go]);

  const send = async ({ user, password, account, deleting }: Login) => {
    const answer = await client.ask('upload.start', {
      user,
      ...password,
      ...(account ? { account } : {}),
      deleting,
    });
    ownJobStarted('upload', answer.job);
    withdrawUndos();
    return answer.job;
  };
  const startDryRun = async ({ user, password, account }: Login) => {
    const answer = await client.ask('dry-run.start', { user, ...password, ...(account ? { account } : {}) });
    ownJobStarted('dry-run', answer.job);
    return answer.job;
  };
  const check = (as = '') => {
    setCheckAs(as);
    setSigningIn('dry-run');
  };
  const sendFor = (as: string | null) => {
    setSendAs(as);
    setSigningIn('send');
  };
  // From a record that is refused: asked at once, as the person whose it is.
  const asked = useEffectEvent((as: string) => {
    if (mayAsk) check(as);
    go({ check: null });
  });
  useEffect(() => {
    if (where.check !== null) asked(where.check);
  }, [where.check]);
  return (
    <>
      <PlaceHead title={t('place.outbox')}>
        <div className="actions">
          {server?.url === null ? (
            <>
              <span className="help">{t('compare.noServer')}</span>
              <Button onPress={() => go({ place: 'settings' })}>{t('place.settings')}</Button>
            </>
          ) : running !== undefined ? null : (
            <>
              <Button icon={SearchCheck} onPress={() => check()}>
                {t('dryRun.start')}
              </Button>
              <Button look="main" icon={Send} isDisabled={waiting === 0} onPress={() => sendFor('')}>
                {waiting === 0 ? t('outbox.nothing') : t('outbox.send', { count: waiting })}
              </Button>
            </>
          )}
        </div>
      </PlaceHead>
      {running === undefined ? null : (
        <section className="card">
          <Progress job={running} />
        </section>
      )}
      {ended?.end == null ? null : <Ending end={ended.end} />}
      <People onSend={mayAsk ? sendFor : undefined} />
      <Boxes />
      {where.box === 'refused' ? <Refused onCheck={mayAsk ? () => check() : null} /> : <BoxList />}
      <div className="two">
        <Receipts />
        <PastUploads />
      </div>
      <SignIn
        title={t('outbox.signInTitle')}
        about={t('outbox.signInAbout')}
        submit={t('outbox.sendNow')}
        open={signingIn === 'send'}
        onClose={() => setSigningIn(null)}
        start={send}
        orAccount="send"
        asAccount={sendAs === null}
        {...(sendAs === null || sendAs === '' ? {} : { proposed: sendAs })}
        deletions={(who) => client.ask('outbox.deletions', who)}
      />
      <SignIn
        title={t('dryRun.title')}
        about={t('dryRun.about')}
        submit={t('dryRun.submit')}
        open={signingIn === 'dry-run'}
        onClose={() => setSigningIn(null)}
        start={startDryRun}
        orAccount="check"
        {...(checkAs === '' ? {} : { proposed: checkAs })}
      />
    </>
  );
}
