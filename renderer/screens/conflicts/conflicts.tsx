/** Documents with more than one leaf: the list, or one of them with its leaves side by side. */
import { GitFork } from 'lucide-react';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLanguage } from '../../hooks/use-language.ts';
import type { ListedConflict } from '../../../shared/review.ts';
import { useQuery } from '../../hooks/use-query.ts';
import { useFormat } from '../../hooks/use-format.ts';
import { useWhere } from '../../hooks/use-where.ts';
import { Empty } from '../../components/empty.tsx';
import { Failure } from '../../components/failure.tsx';
import { Opener } from '../../components/opener.tsx';
import { Pager } from '../../components/pager.tsx';
import { PlaceHead } from '../../components/place-head.tsx';
import { ConflictView } from './conflict-view.tsx';
import { leafName } from './leaves.ts';
import { SettleAlike } from './settle-alike.tsx';

const LIMIT = 50;

export function Conflicts() {
  const { where } = useWhere();
  return where.conflict === null ? (
    <ConflictList />
  ) : (
    <ConflictView key={where.conflict} id={where.conflict} />
  );
}

function ConflictList() {
  const { t } = useTranslation();
  const language = useLanguage();
  const [offset, setOffset] = useState(0);
  const list = useQuery('conflicts.list', { offset, limit: LIMIT, language }, ['conflicts', 'batches']);
  const rows = list.value?.rows ?? [];
  return (
    <>
      <PlaceHead title={t('place.conflicts')} about="list" />
      <p className="lead">{t('conflicts.about')}</p>
      <Failure failure={list.failure} retry={list.again} />
      <SettleAlike rows={rows} />
      {list.value !== undefined && rows.length === 0 ? (
        <Empty icon={GitFork} title={t('conflicts.none')}>
          {t('conflicts.noneMore')}
        </Empty>
      ) : (
        <div className="table-box">
          <table className="table" aria-label={t('place.conflicts')} aria-busy={list.asking}>
            <thead>
              <tr>
                <th scope="col">{t('conflicts.record')}</th>
                <th scope="col">{t('conflicts.kind')}</th>
                <th scope="col">{t('conflicts.differs')}</th>
                <th scope="col">{t('conflicts.versions')}</th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <ListRow key={row.id} row={row} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      <Pager offset={offset} limit={LIMIT} total={list.value?.total ?? 0} onMove={setOffset} />
    </>
  );
}

function ListRow({ row }: { readonly row: ListedConflict }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { go } = useWhere();
  const { differs = [], differing = 0 } = row;
  const names = useMemo(() => row.leaves.map((leaf) => leafName(t, leaf)), [row.leaves, t]);
  return (
    <tr className="row-opens" onClick={() => go({ conflict: row.id })}>
      <th scope="row">
        <Opener onOpen={() => go({ conflict: row.id })}>{row.label}</Opener>
      </th>
      <td>{t(`kind.${row.kind}`, { defaultValue: row.kind })}</td>
      <td>
        <bdi>{differs.length === 0 ? t('conflict.noFields') : format.list([...differs])}</bdi>
        {differing > differs.length ? (
          <span className="help"> {t('conflicts.more', { count: differing - differs.length })}</span>
        ) : null}
      </td>
      <td>
        <strong>{format.number(row.leaves.length)}</strong> <bdi className="help">{format.list(names)}</bdi>
      </td>
    </tr>
  );
}
