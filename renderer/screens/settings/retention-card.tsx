/** How long records stay that the server is confirmed to hold, what would go now, and letting it go. */
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { StationError } from '../../../shared/errors.ts';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { Failure, failureSentence } from '../../components/failure.tsx';
import { Pick } from '../../components/pick.tsx';
import { Progress } from '../../components/progress.tsx';
import { notify } from '../../hooks/notices.ts';
import { runs, useJobs } from '../../hooks/jobs.ts';
import { useFormat } from '../../hooks/use-format.ts';
import { useMay } from '../../hooks/use-may.ts';
import { useClient, useQuery } from '../../hooks/use-query.ts';

const NEVER = 'never';
const CHOICES = [30, 60, 90, 180, 365] as const;

export function RetentionCard() {
  const { t } = useTranslation();
  const client = useClient();
  const format = useFormat();
  const may = useMay('retention.set');
  const asked = useQuery('retention.get', {}, ['settings', 'outbox']);
  const [isAsking, setAsking] = useState(false);
  const jobs = useJobs().filter((job) => job.kind === 'retention');
  const running = jobs.find(runs);
  const end = jobs.at(-1)?.end;
  const work = async (ask: () => Promise<unknown>) => {
    try {
      await ask();
    } catch (failure) {
      const { sentence, action } = failureSentence(t, failure);
      notify({ tone: 'bad', text: sentence, more: action });
    }
    asked.again();
  };
  const found = asked.value;
  const days = found === undefined ? undefined : found.days === null ? NEVER : String(found.days);
  // What a terminal set may be another number.
  const numbers = [...new Set([...CHOICES, ...(found?.days == null ? [] : [found.days])])].sort(
    (a, b) => a - b,
  );
  const going = found?.going;
  const hasGoing = going !== undefined && going.records + going.copies > 0;
  const what =
    going === undefined ? null : (
      <ul>
        <li>{t('retention.going', { count: going.records })}</li>
        <li>{t('retention.goingCopies', { count: going.copies, size: format.bytes(going.bytes) })}</li>
      </ul>
    );
  return (
    <section className="card" aria-label={t('retention.title')}>
      <h2>{t('retention.title')}</h2>
      <p className="help">{t('retention.about')}</p>
      <Failure failure={asked.failure} retry={asked.again} />
      {days === undefined ? null : may ? (
        <Pick
          label={t('retention.days')}
          chosen={days}
          choices={[
            ...numbers.map((number) => ({ key: String(number), text: format.number(number) })),
            { key: NEVER, text: t('retention.keep') },
          ]}
          onChoose={(key) =>
            void work(() => client.ask('retention.set', { days: key === NEVER ? null : Number(key) }))
          }
        />
      ) : (
        <p>
          {days === NEVER ? t('retention.keep') : `${t('retention.days')}: ${format.number(Number(days))}`}
        </p>
      )}
      {what}
      <Failure failure={end?.kind === 'failed' ? new StationError(end.code, end.detail) : null} />
      {found?.waitsForClock === true ? <p role="status">{t('retention.clock')}</p> : null}
      {found === undefined ? null : <p>{t('retention.soFar', { count: found.gone.records })}</p>}
      {running === undefined ? (
        may && hasGoing ? (
          <Button onPress={() => setAsking(true)}>{t('retention.apply')}</Button>
        ) : null
      ) : (
        <Progress job={running} />
      )}
      <Dialog title={t('retention.apply')} open={isAsking} onClose={() => setAsking(false)}>
        {what}
        <p>{t('retention.sure')}</p>
        <div className="dialog-actions">
          <Button onPress={() => setAsking(false)}>{t('action.cancel')}</Button>
          <Button
            look="main"
            onPress={() => {
              setAsking(false);
              void work(() => client.ask('retention.apply', {}));
            }}
          >
            {t('retention.apply')}
          </Button>
        </div>
      </Dialog>
    </section>
  );
}
