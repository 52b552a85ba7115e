/**
 * What the server will never take: by health worker, month, form and reason, for the people who settle pay; one by
 * one, each with its reason in words; and the ways on: check again, save the list.
 */
import { FileDown, RefreshCw, Send } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { isGuessed, type RefusalCount, type RefusalRow } from '../../../shared/refusals.ts';
import { notify } from '../../hooks/notices.ts';
import { RECORD_TOPICS } from '../../hooks/record-topics.ts';
import { useQuery, useClient } from '../../hooks/use-query.ts';
import { useFormat } from '../../hooks/use-format.ts';
import { useWhere } from '../../hooks/use-where.ts';
import { Button } from '../../components/button.tsx';
import { Failure, failureSentence } from '../../components/failure.tsx';
import { Opener } from '../../components/opener.tsx';
import { Pager } from '../../components/pager.tsx';
import { Pick } from '../../components/pick.tsx';
import { reasonText } from '../../components/reason.ts';
import { saveFile } from '../../components/save-file.ts';
import { approveThese } from '../review/decisions.ts';
import { useDecide } from '../review/use-decide.ts';
import { useLanguage } from '../../hooks/use-language.ts';

const LIMIT = 10;
/** No user name is empty, so the empty one stands for all. */
const EVERYONE = '';

interface Props {
  /** Asks the server once more; `null` while something else is being asked. */
  readonly onCheck: (() => void) | null;
}

export function Refused({ onCheck }: Props) {
  const { t } = useTranslation();
  const [user, setUser] = useState(EVERYONE);
  const [offset, setOffset] = useState(0);
  const all = useQuery('refusals.count', {}, RECORD_TOPICS);
  const query = user === EVERYONE ? {} : { user };
  const list = useQuery('refusals.list', { ...query, offset, limit: LIMIT }, RECORD_TOPICS);
  const users = peopleOf(all.value?.counts ?? []);
  // Somebody of whom nothing is refused any more is not in the list of names.
  const gone = all.value !== undefined && user !== EVERYONE && !users.includes(user);
  useEffect(() => {
    if (gone) setUser(EVERYONE);
  }, [gone]);
  useEffect(() => setOffset(0), [user]);
  const counts = (all.value?.counts ?? []).filter((count) => user === EVERYONE || count.user === user);
  const rows = list.current ? (list.value?.rows ?? []) : [];
  return (
    <section className="box-list" aria-label={t('box.refused.word')}>
      <p className="help">{t('box.refused.more')}</p>
      <div className="refused-tools">
        {users.length < 2 ? null : (
          <Pick
            label={t('batches.user')}
            chosen={user}
            choices={[
              { key: EVERYONE, text: t('batches.everyone') },
              ...users.map((name) => ({ key: name, text: name })),
            ]}
            onChoose={setUser}
          />
        )}
        <Button icon={RefreshCw} isDisabled={onCheck === null} onPress={() => onCheck?.()}>
          {t('refused.again')}
        </Button>
        <TryThese rows={rows} />
        <SaveCsv user={user === EVERYONE ? undefined : user} isDisabled={counts.length === 0} />
      </div>
      <p className="help">{t('refused.againMore')}</p>
      {rows.some((row) => row.mayTry) ? <p className="help">{t('refused.tryMore')}</p> : null}
      <Failure failure={all.failure ?? list.failure} retry={list.again} />
      {counts.length === 0 ? null : <Counts counts={counts} />}
      {rows.length === 0 ? null : <Rows rows={rows} asking={list.asking} />}
      <Pager offset={offset} limit={LIMIT} total={list.value?.total ?? 0} onMove={setOffset} />
    </section>
  );
}

export function peopleOf(counts: readonly RefusalCount[]): string[] {
  const names = counts.flatMap(({ user }) => (user === null ? [] : [user]));
  return [...new Set(names)].sort((one, other) => one.localeCompare(other));
}

/** Approves the guesses that are shown, so that the next Send shows what the server says of them. */
function TryThese({ rows }: { readonly rows: readonly RefusalRow[] }) {
  const { t } = useTranslation();
  const client = useClient();
  const { busy, decide } = useDecide();
  const toTry = rows.filter((row) => row.mayTry);
  if (toTry.length === 0) return null;
  const run = async () => {
    for (const [batch, some] of Map.groupBy(toTry, (row) => row.batch)) {
      const ids = some.map(({ id }) => id);
      await decide('approved', () => approveThese(client, batch, ids, { refused: true }));
    }
  };
  return (
    <Button icon={Send} isDisabled={busy} onPress={() => void run()}>
      {t('refused.tryThese', { count: toTry.length })}
    </Button>
  );
}

function SaveCsv({ user, isDisabled }: { readonly user: string | undefined; readonly isDisabled: boolean }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const client = useClient();
  const save = async () => {
    try {
      const { name, content } = await client.ask('refusals.csv', {
        ...(user === undefined ? {} : { user }),
        language,
      });
      // The mark tells a spreadsheet that it is UTF-8.
      saveFile(`\uFEFF${content}`, 'text/csv;charset=utf-8', name);
    } catch (failure) {
      const { sentence, action } = failureSentence(t, failure);
      notify({ tone: 'bad', text: sentence, more: action });
    }
  };
  return (
    <Button icon={FileDown} isDisabled={isDisabled} onPress={() => void save()}>
      {t('refused.save')}
    </Button>
  );
}

function Counts({ counts }: { readonly counts: readonly RefusalCount[] }) {
  const { t, i18n } = useTranslation();
  const format = useFormat();
  const total = counts.reduce((sum, count) => sum + count.records, 0);
  return (
    <div className="table-box refused-counts">
      <table className="table" aria-label={t('refused.counts')}>
        <thead>
          <tr>
            <th scope="col">{t('batches.user')}</th>
            <th scope="col">{t('refused.month')}</th>
            <th scope="col">{t('filter.form')}</th>
            <th scope="col">{t('box.reason')}</th>
            <th scope="col" className="number">
              {t('refused.records')}
            </th>
          </tr>
        </thead>
        <tbody>
          {counts.map((count) => (
            <tr key={JSON.stringify([count.user, count.month, count.form, count.reason])}>
              <th scope="row">
                <bdi>{count.user ?? t('batch.unknownUser')}</bdi>
              </th>
              <td>{count.month === null ? t('change.noDate') : format.month(count.month)}</td>
              <td>
                <bdi>{count.form ?? '–'}</bdi>
              </td>
              <td>
                {isGuessed(count.reason) ? <span className="help">{t('refused.guess')} </span> : null}
                <bdi>{reasonText(t, i18n, count.reason)}</bdi>
              </td>
              <td className="number">{format.number(count.records)}</td>
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row" colSpan={4}>
              {t('refused.together')}
            </th>
            <td className="number">{format.number(total)}</td>
          </tr>
        </tfoot>
      </table>
    </div>
  );
}

function Rows({ rows, asking }: { readonly rows: readonly RefusalRow[]; readonly asking: boolean }) {
  const { t } = useTranslation();
  return (
    <div className="table-box">
      <table className="table" aria-label={t('box.refused.word')} aria-busy={asking}>
        <thead>
          <tr>
            <th scope="col">{t('changes.label')}</th>
            <th scope="col">{t('batches.user')}</th>
            <th scope="col">{t('filter.form')}</th>
            <th scope="col">{t('changes.date')}</th>
            <th scope="col">{t('box.reason')}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <OneRow key={`${row.id} ${row.rev}`} row={row} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function OneRow({ row }: { readonly row: RefusalRow }) {
  const { t, i18n } = useTranslation();
  const format = useFormat();
  const { go } = useWhere();
  const open = () => go({ place: 'review', batch: row.batch, change: row.id });
  return (
    <tr className="row-opens" onClick={open}>
      <th scope="row">
        <Opener onOpen={open}>{row.label}</Opener>
      </th>
      <td>
        <bdi>{row.user ?? t('batch.unknownUser')}</bdi>
      </td>
      <td>
        <bdi>{row.form ?? '–'}</bdi>
      </td>
      <td>{row.reportedAt === null ? '–' : format.day(row.reportedAt)}</td>
      <td>
        {isGuessed(row.reason) ? <span className="help">{t('refused.guess')} </span> : null}
        <bdi>{reasonText(t, i18n, row.reason, row.size)}</bdi>
      </td>
    </tr>
  );
}
