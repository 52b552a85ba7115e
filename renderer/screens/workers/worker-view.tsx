/** One health worker: how to reach the person, what is still to be done, what the server never took, each visit. */
import { ArrowLeft, Printer } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { HealthWorkerRow } from '../../../shared/health-workers.ts';
import { useFormat } from '../../hooks/use-format.ts';
import { useQuery } from '../../hooks/use-query.ts';
import { useWhere } from '../../hooks/use-where.ts';
import { Button } from '../../components/button.tsx';
import { Failure } from '../../components/failure.tsx';
import { PlaceHead } from '../../components/place-head.tsx';
import { reasonText } from '../../components/reason.ts';
import { RecordList } from '../../components/record-list.tsx';
import { Segments } from '../../components/segments.tsx';
import { Absence } from './absence.tsx';
import { Visits } from './visits.tsx';

const TOPICS = ['intake', 'batches', 'outbox', 'server', 'conflicts'] as const;
const PARTS = ['undecided', 'toSend', 'held', 'refused', 'accepted'] as const;

export function WorkerView({ user }: { readonly user: string }) {
  const { t } = useTranslation();
  const { go } = useWhere();
  const person = useQuery('worker.get', { user }, TOPICS);
  const found = person.value;
  return (
    <>
      <PlaceHead
        about={user}
        before={
          <Button
            look="quiet"
            icon={ArrowLeft}
            aria-label={t('workers.back')}
            onPress={() => go({ person: null })}
          />
        }
        title={<bdi>{found?.name ?? user}</bdi>}
        under={
          found === undefined ? null : (
            <>
              <bdi>{user}</bdi>
              {found.phone === null ? null : <bdi>{found.phone}</bdi>}
              <span>{t(`workers.known.${found.known}`)}</span>
            </>
          )
        }
      >
        <div className="actions">
          <Button icon={Printer} isDisabled={found === undefined} onPress={() => window.print()}>
            {t('receipt.print')}
          </Button>
        </div>
      </PlaceHead>
      <Failure failure={person.failure} retry={person.again} />
      {found === undefined ? null : (
        <>
          <Facts person={found} />
          {found.records.refused > 0 ? <NeverAccepted user={user} /> : null}
          <Records person={found} />
          <Visits user={user} />
        </>
      )}
    </>
  );
}

function Facts({ person }: { readonly person: HealthWorkerRow }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { lastVisit, visits, syncedAt, device, records } = person;
  return (
    <dl className="card facts">
      <dt>{t('workers.lastVisit')}</dt>
      <dd>
        <Absence at={lastVisit} />
        {lastVisit === null ? null : <span className="help">{format.moment(lastVisit)}</span>}
      </dd>
      <dt>{t('workers.visits')}</dt>
      <dd>{format.number(visits)}</dd>
      <dt>{t('workers.syncedAt')}</dt>
      <dd>{syncedAt === null ? t('workers.notKnown') : format.moment(syncedAt)}</dd>
      <dt>{t('batches.device')}</dt>
      <dd>
        <bdi>{device ?? t('batch.unknownDevice')}</bdi>
      </dd>
      <dt>{t('workers.onlyHere')}</dt>
      <dd>{format.number(records.onlyHere)}</dd>
    </dl>
  );
}

/** Why the server does not take it, by form and month. */
function NeverAccepted({ user }: { readonly user: string }) {
  const { t, i18n } = useTranslation();
  const format = useFormat();
  const counts = useQuery('refusals.count', { user }, TOPICS);
  const rows = counts.value?.counts ?? [];
  return (
    <section className="box-list">
      <h2>{t('workers.refused')}</h2>
      <Failure failure={counts.failure} retry={counts.again} />
      <div className="table-box">
        <table className="table" aria-label={t('workers.refused')}>
          <thead>
            <tr>
              <th scope="col">{t('box.reason')}</th>
              <th scope="col">{t('filter.form')}</th>
              <th scope="col">{t('changes.date')}</th>
              <th scope="col">{t('workers.records')}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={`${row.reason} ${row.form} ${row.month}`}>
                <th scope="row">
                  <bdi>{reasonText(t, i18n, row.reason)}</bdi>
                </th>
                <td>
                  <bdi>{row.form ?? '–'}</bdi>
                </td>
                <td>{row.month === null ? '–' : format.month(row.month)}</td>
                <td>{format.number(row.records)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Records({ person: { user, records } }: { readonly person: HealthWorkerRow }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [part, setPart] = useState<(typeof PARTS)[number]>(
    () => PARTS.find((one) => records[one] > 0) ?? 'undecided',
  );
  const word = (one: (typeof PARTS)[number]): string => t(`workers.part.${one}`);
  const twice = records.undecided + records.toSend + records.held + records.refused > records.onlyHere;
  return (
    <section className="box-list" aria-label={t('workers.records')}>
      <h2>{t('workers.records')}</h2>
      <Segments
        label={t('workers.records')}
        chosen={part}
        choices={PARTS.map((key) => ({ key, text: `${word(key)} ${format.number(records[key])}` }))}
        onChoose={setPart}
      />
      {twice ? <p className="help">{t('workers.twice')}</p> : null}
      {records[part] === 0 ? (
        <p className="help">{t('workers.noRecords')}</p>
      ) : (
        <RecordList box={part} label={word(part)} user={user} />
      )}
    </section>
  );
}
