/** One source: what it is, what it carries, one obvious act, and what came of it. */
import {
  CircleStop,
  Files,
  Folder,
  FolderSync,
  HardDriveDownload,
  Smartphone,
  Usb,
  UserRound,
  X,
  type LucideIcon,
} from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Job } from '../../../shared/contract.ts';
import type { SourceInfo } from '../../../shared/sources.ts';
import { leave, takeAll, useIntakes } from '../../hooks/intakes.ts';
import { runs, useJobs, useJobStore } from '../../hooks/jobs.ts';
import { useClient } from '../../hooks/use-query.ts';
import { Button } from '../../components/button.tsx';
import { Failure } from '../../components/failure.tsx';
import { Progress } from '../../components/progress.tsx';
import type { Card } from './cards.ts';
import { DumpList } from './dump-list.tsx';
import { Eject } from './eject.tsx';
import { chosenOf, isBusy, mayBeAnybodys, takesOf, type ImportChoices } from './import-choices.ts';
import { IntakeEnd } from './intake-end.tsx';
import { SourceStateLine, Unusable } from './source-state.tsx';
import { NOBODY, WhoseFields, type Whose } from './say-whose.tsx';

const ICONS: Readonly<Record<SourceInfo['kind'], LucideIcon>> = {
  drive: Usb,
  mtp: Smartphone,
  adb: Smartphone,
  watched: FolderSync,
  folder: Folder,
  file: Files,
};

interface Props {
  readonly card: Card;
  readonly choices: ImportChoices;
  /** Its list is open by itself. */
  readonly open: boolean;
}

export function SourceCard({ card, choices, open: opensByItself }: Props) {
  const { t } = useTranslation();
  const client = useClient();
  const store = useJobStore();
  const jobs = useJobs();
  const allIntakes = useIntakes();
  const intakes = allIntakes.filter((one) => card.sources.includes(one.take.source));
  const { left, whose } = choices.of(card);
  const [failure, setFailure] = useState<unknown>();
  const setWhose = (said: Whose) => choices.set(card, { whose: said });

  const mine = newestOfEach(
    jobs.filter(
      (job) => job.source !== undefined && card.sources.includes(job.source) && store.isNews(job.job),
    ),
  );
  const waiting = intakes.filter((one) => one.kind === 'waiting').length;
  const failed = intakes.flatMap((one) => (one.kind === 'failed' ? [one] : []));
  const running = mine.filter(runs);
  const busy = isBusy(card, jobs, allIntakes);
  const chosen = chosenOf(card, { left, whose });
  const again = card.dumps.length > 0 && card.dumps.every(({ taken }) => taken);
  // One source is open by itself; what was taken makes room for what came of it.
  const [unfolded, setUnfolded] = useState<boolean | null>(null);
  const open = unfolded ?? ((opensByItself || card.kind === 'file') && !again);

  const take = (dumps: Card['dumps'], said: Whose | null) => {
    choices.forget([card]);
    void takeAll(client, store, takesOf(dumps, said));
  };
  const forget = async () => {
    try {
      for (const source of card.sources) await client.ask('sources.forget', { source });
    } catch (error) {
      setFailure(error);
    }
  };

  const Icon = ICONS[card.kind];
  return (
    <section className="card source" aria-label={card.name === '' ? t('arrivals.files') : card.name}>
      <header className="card-head">
        <Icon aria-hidden size={28} />
        <div className="card-words">
          <h2>{card.name === '' ? t('arrivals.files') : <bdi>{card.name}</bdi>}</h2>
          <p className="help">{t(`arrivals.kind.${card.kind}`)}</p>
        </div>
        {card.kind === 'file' || card.kind === 'folder' ? (
          <Button look="quiet" icon={X} isDisabled={busy} onPress={() => void forget()}>
            {t('arrivals.forget')}
          </Button>
        ) : null}
        {card.canEject ? <Eject card={card} main={again && !busy && mine.length === 0} /> : null}
        {busy || card.dumps.length === 0 ? null : again ? (
          <Button look="quiet" onPress={() => take(card.dumps, null)}>
            {t('arrivals.takeAgain')}
          </Button>
        ) : (
          <Button
            look="main"
            icon={HardDriveDownload}
            isDisabled={chosen.length === 0}
            onPress={() => take(chosen, whose)}
          >
            {t('arrivals.take', { count: chosen.length })}
          </Button>
        )}
      </header>
      <SourceStateLine card={card} />
      <Unusable files={card.unusable} />
      {busy || !mayBeAnybodys(chosen) ? null : whose === null ? (
        <Button look="quiet" icon={UserRound} onPress={() => setWhose(NOBODY)}>
          {t('arrivals.sayBefore')}
        </Button>
      ) : (
        <div className="fields">
          <WhoseFields whose={whose} onChange={setWhose} />
        </div>
      )}
      {again && mine.length === 0 ? <p className="help">{t('arrivals.allTaken')}</p> : null}
      {running.map((job) => (
        <Progress key={job.job} job={job} />
      ))}
      {waiting === 0 ? null : (
        <div className="actions">
          <p className="help" role="status">
            {t('arrivals.waiting', { count: waiting })}
          </p>
          <Button look="quiet" icon={CircleStop} onPress={() => leave(card.sources)}>
            {t('action.stop')}
          </Button>
        </div>
      )}
      <Failure failure={failure} />
      {failed.map(({ take: { source }, failure: why }) => (
        <Failure key={source} failure={why} />
      ))}
      {mine.map((job) => (job.end === null ? null : <IntakeEnd key={job.job} end={job.end} />))}
      {card.dumps.length === 0 ? null : (
        <DumpList
          dumps={card.dumps}
          left={left}
          setLeft={(next) => choices.set(card, { left: next })}
          open={open}
          setOpen={setUnfolded}
        />
      )}
    </section>
  );
}

/** For each source the job that runs, or else the newest one that ended. */
function newestOfEach(jobs: readonly Job[]): readonly Job[] {
  return jobs.filter(
    (job, at) => job.end === null || !jobs.some((other, later) => later > at && other.source === job.source),
  );
}
