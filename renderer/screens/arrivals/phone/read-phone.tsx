/** "Read a phone": looks for phones that allow debugging, reads the one that is chosen, and says what came of it. */
import { Cable, LoaderCircle, RotateCw } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Job } from '../../../../shared/contract.ts';
import { runs, useJobs, useJobStore } from '../../../hooks/jobs.ts';
import { useQuery, useClient } from '../../../hooks/use-query.ts';
import { Button } from '../../../components/button.tsx';
import { Dialog } from '../../../components/dialog.tsx';
import { Empty } from '../../../components/empty.tsx';
import { Failure } from '../../../components/failure.tsx';
import { Progress } from '../../../components/progress.tsx';
import { Tick } from '../../../components/tick.tsx';
import { IntakeEnd } from '../intake-end.tsx';
import { KnownPhones } from './known-phones.tsx';
import { PhoneHelp, SyncHelp } from './phone-help.tsx';
import { PhoneList, type Wanted } from './phone-list.tsx';
import { SyncOutcome } from './sync-outcome.tsx';
import { readingStarted, useReading } from './own-readings.ts';

const LOOK_AGAIN_MS = 3_000;
/** While one of these runs, no phone is looked at, and nothing is begun on one. */
const BUSY: readonly Job['kind'][] = ['intake', 'sync', 'prepare', 'apply', 'confirm'];

export function ReadPhone() {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button icon={Cable} onPress={() => setOpen(true)}>
        {t('phone.open')}
      </Button>
      <Dialog title={t('phone.title')} open={open} onClose={() => setOpen(false)} wide>
        <Reading onLeave={() => setOpen(false)} />
      </Dialog>
    </>
  );
}

function Reading({ onLeave }: { readonly onLeave: () => void }) {
  const { t } = useTranslation();
  const client = useClient();
  const store = useJobStore();
  const reading = useReading();
  const busy = useJobs().some((job) => BUSY.includes(job.kind) && runs(job));
  const [whole, setWhole] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  // Looking goes to each phone, so it is done when the person asks, not at every change of a list.
  const found = useQuery('phones.list', {}, []);
  const phones = found.value?.phones ?? [];

  // What the person does on the phone is seen without a press here.
  const heals = phones.some(({ trouble }) => trouble !== null);
  const { asking, again } = found;
  const askAgain = useRef(again);
  askAgain.current = again;
  useEffect(() => {
    if (!heals || asking || busy) return;
    const timer = setTimeout(() => askAgain.current(), LOOK_AGAIN_MS);
    return () => clearTimeout(timer);
  }, [heals, asking, busy]);

  const read = async (wanted: Wanted) => {
    setFailure(undefined);
    try {
      const { job } = await client.ask('phones.read', { ...wanted, whole });
      readingStarted(job);
      await store.refresh();
    } catch (why) {
      setFailure(why);
    }
  };
  const sync = async (wanted: Wanted, agreed?: string) => {
    setFailure(undefined);
    try {
      const request = agreed === undefined ? wanted : { ...wanted, agreed };
      const { job } = await client.ask('phones.sync', request);
      readingStarted(job, wanted);
      await store.refresh();
    } catch (why) {
      setFailure(why);
    }
  };
  const give = async (wanted: Wanted) => {
    setFailure(undefined);
    try {
      const { job } = await client.ask('phones.apply', wanted);
      readingStarted(job);
      await store.refresh();
    } catch (why) {
      setFailure(why);
    }
  };
  const confirm = async (wanted: Wanted) => {
    setFailure(undefined);
    try {
      const { job } = await client.ask('phones.confirm', wanted);
      readingStarted(job);
      await store.refresh();
    } catch (why) {
      setFailure(why);
    }
  };
  const fetching = (job: string) => {
    setFailure(undefined);
    readingStarted(job);
  };
  const look = () => {
    readingStarted(null);
    setFailure(undefined);
    found.again();
  };

  return (
    <div className="phone-reading">
      <p>{t('phone.intro')}</p>
      {asking && !heals ? (
        <p className="help" role="status">
          <LoaderCircle aria-hidden size={18} className="turning" /> {t('phone.looking')}
        </p>
      ) : null}
      <Failure failure={found.failure} retry={look} />
      {!found.asking && found.value !== undefined && phones.length === 0 ? (
        <Empty icon={Cable} title={t('phone.none')}>
          {t('phone.noneMore')}
        </Empty>
      ) : null}
      <PhoneList
        phones={phones}
        disabled={busy || found.asking}
        onRead={(wanted) => void read(wanted)}
        onSync={(wanted) => void sync(wanted)}
        onGive={(wanted) => void give(wanted)}
        onConfirm={(wanted) => void confirm(wanted)}
        onFetching={fetching}
      />
      {phones.some(({ apps }) => apps.some(({ people }) => people.some(({ signedIn }) => signedIn))) ? (
        <>
          <p className="help">{t('phone.syncMore')}</p>
          <SyncHelp open={isCut(reading)} />
          <p className="help">{t('phone.newsMore')}</p>
          <p className="help">{t('phone.confirmMore')}</p>
        </>
      ) : null}
      {phones.some(({ apps }) => apps.length > 0) ? (
        <Tick chosen={whole} onChange={setWhole} disabled={busy}>
          {t('phone.whole')}
        </Tick>
      ) : null}
      <KnownPhones
        here={phones.flatMap(({ apps }) => apps.flatMap(({ people }) => people.map(({ user }) => user)))}
        disabled={busy}
        onFetching={fetching}
      />
      <Failure failure={failure} />
      {reading === undefined ? null : reading.kind !== 'intake' ? (
        <SyncOutcome
          job={reading}
          disabled={busy}
          onAgree={(wanted, digest) => void sync(wanted, digest)}
          onLeave={onLeave}
        />
      ) : (
        <Outcome job={reading} />
      )}
      <div className="dialog-actions">
        <Button icon={RotateCw} isDisabled={found.asking || busy} onPress={look}>
          {t('phone.again')}
        </Button>
      </div>
      <PhoneHelp open={found.value !== undefined && phones.every(({ apps }) => apps.length === 0)} />
    </div>
  );
}

/** A sync that ended early: what to do now is in the help. */
function isCut(job: Job | undefined): boolean {
  return job?.end?.kind === 'synced' && job.end.sync.outcome === 'cut';
}

function Outcome({ job }: { readonly job: Job }) {
  const { t } = useTranslation();
  const { end } = job;
  if (end === null) return <Progress job={job} />;
  const why = end.kind === 'imported' ? end.reading?.why : undefined;
  const isNothing = end.kind === 'imported' && end.imports.length === 0;
  return (
    <>
      {isNothing ? (
        <p className="hint tone-good" role="status">
          {t('phone.nothing')}
        </p>
      ) : (
        <IntakeEnd end={end} />
      )}
      {why === undefined ? null : <p className="help">{t(`phone.why.${why}`)}</p>}
    </>
  );
}
