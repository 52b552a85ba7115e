/** One source: what it is, what it carries, one obvious act, and what came of it. */
import {
  CircleCheck,
  CircleStop,
  Files,
  Folder,
  FolderSync,
  HardDriveDownload,
  LoaderCircle,
  Smartphone,
  TriangleAlert,
  Usb,
  UserRound,
  X,
  type LucideIcon,
} from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { SourceInfo } from '../../../shared/sources.ts';
import { leave, takeAll, useIntakes } from '../../hooks/intakes.ts';
import { runs, useJobs, useJobStore } from '../../hooks/jobs.ts';
import { useClient } from '../../hooks/use-asked.ts';
import { Button } from '../../parts/button.tsx';
import { Failure, sentenceIn } from '../../parts/failure.tsx';
import { Progress } from '../../parts/progress.tsx';
import { bySource, type Card } from './cards.ts';
import { DumpList } from './dump-list.tsx';
import { IntakeEnd } from './intake-end.tsx';
import { NOBODY, WhoseFields, type Whose } from './say-whose.tsx';

const ICONS: Readonly<Record<SourceInfo['kind'], LucideIcon>> = {
  drive: Usb,
  mtp: Smartphone,
  adb: Smartphone,
  watched: FolderSync,
  folder: Folder,
  file: Files,
};

export function SourceCard({ card, alone }: { readonly card: Card; readonly alone: boolean }) {
  const { t } = useTranslation();
  const client = useClient();
  const store = useJobStore();
  const jobs = useJobs();
  const intakes = useIntakes().filter((one) => card.sources.includes(one.take.source));
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const [failure, setFailure] = useState<unknown>();
  const [whose, setWhose] = useState<Whose | null>(null);

  const mine = jobs.filter((job) => intakes.some((one) => one.kind === 'started' && one.job === job.job));
  const waiting = intakes.filter((one) => one.kind === 'waiting').length;
  const failed = intakes.flatMap((one) => (one.kind === 'failed' ? [one] : []));
  const running = mine.filter(runs);
  const busy = running.length + waiting > 0;
  const untaken = card.dumps.filter((dump) => !dump.taken);
  const chosen = untaken.filter((dump) => !left.has(dump.key));
  const again = card.dumps.length > 0 && untaken.length === 0;
  // One source is open by itself; what was taken makes room for what came of it.
  const [unfolded, setUnfolded] = useState<boolean | null>(null);
  const open = unfolded ?? ((alone || card.kind === 'file') && !again);

  const take = (dumps: Card['dumps'], said: Whose = NOBODY) => {
    const takes = [...bySource(dumps)].map(([source, files]) => ({ source, files, ...said }));
    setWhose(null);
    setLeft(new Set());
    void takeAll(client, store, takes);
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
        {busy || card.dumps.length === 0 ? null : again ? (
          <Button look="quiet" onPress={() => take(card.dumps)}>
            {t('arrivals.takeAgain')}
          </Button>
        ) : (
          <Button
            look="main"
            icon={HardDriveDownload}
            isDisabled={chosen.length === 0}
            onPress={() => take(chosen, whose ?? NOBODY)}
          >
            {t('arrivals.take', { count: chosen.length })}
          </Button>
        )}
      </header>
      <Looking card={card} />
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
      {mine.map((job) =>
        job.end === null ? null : (
          <IntakeEnd
            key={job.job}
            end={job.end}
            said={intakes.some(
              (one) => one.kind === 'started' && one.job === job.job && one.take.user !== '',
            )}
            onSay={(names, said) =>
              take(
                card.dumps.filter((dump) => names.includes(dump.name)),
                said,
              )
            }
          />
        ),
      )}
      {card.dumps.length === 0 ? null : (
        <DumpList dumps={card.dumps} left={left} setLeft={setLeft} open={open} setOpen={setUnfolded} />
      )}
    </section>
  );
}

/** One dump of a kind that need not say whose it is: then the clerk may say it. */
function mayBeAnybodys(dumps: Card['dumps']): boolean {
  const [only, ...others] = dumps;
  return only !== undefined && others.length === 0 && !SAYS_WHOSE.has(only.format);
}

const SAYS_WHOSE: ReadonlySet<string> = new Set(['station', 'cht-bundle']);

/** What there is to say while it is being looked at, or where it carries nothing. */
function Looking({ card }: { readonly card: Card }) {
  const { t } = useTranslation();
  switch (card.state.kind) {
    case 'ready':
      return null;
    case 'arriving':
    case 'mounting':
    case 'looking':
    case 'ejecting':
      return (
        <p className="help" role="status">
          <LoaderCircle aria-hidden size={18} className="turning" /> {t(`arrivals.state.${card.state.kind}`)}
        </p>
      );
    case 'safe':
      return (
        <p className="hint tone-good" role="status">
          <CircleCheck aria-hidden size={20} /> {t('arrivals.state.safe')}
        </p>
      );
    case 'empty':
      return (
        <p className="hint tone-warning">
          <TriangleAlert aria-hidden size={20} />
          <span>
            {t('arrivals.empty')} {t('arrivals.emptyMore')}
          </span>
        </p>
      );
    case 'problem': {
      const { sentence, action } = sentenceIn(t, card.state.code);
      return (
        <p className="hint tone-bad" role="alert">
          <TriangleAlert aria-hidden size={20} />
          <span>
            <strong>{sentence}</strong> {action}
          </span>
        </p>
      );
    }
  }
}
