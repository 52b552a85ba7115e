/** What is in the chosen box, each with its reason and the way to its batch. */
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ChangeRow } from '../../../shared/review.ts';
import { useQuery } from '../../hooks/use-query.ts';
import { useFormat } from '../../hooks/use-format.ts';
import { useWhere } from '../../hooks/use-where.ts';
import { Failure } from '../../components/failure.tsx';
import { BesideLine, ClassMark } from '../../components/marks.tsx';
import { Opener } from '../../components/opener.tsx';
import { Pager } from '../../components/pager.tsx';
import { reasonText } from '../../components/reason.ts';

const LIMIT = 10;

export function BoxList() {
  const { t } = useTranslation();
  const { where } = useWhere();
  const [offset, setOffset] = useState(0);
  useEffect(() => setOffset(0), [where.box]);
  const list = useQuery(
    'changes.list',
    { box: where.box, sort: 'reportedAt', descending: true, offset, limit: LIMIT },
    ['batches', 'outbox', 'conflicts', 'intake'],
  );
  const rows = list.current ? (list.value?.rows ?? []) : [];
  return (
    <section className="box-list" aria-label={t(`box.${where.box}.word`)}>
      <p className="help">{t(`box.${where.box}.more`)}</p>
      <Failure failure={list.failure} retry={list.again} />
      {rows.length === 0 ? null : (
        <div className="table-box">
          <table className="table" aria-label={t(`box.${where.box}.word`)} aria-busy={list.asking}>
            <thead>
              <tr>
                <th scope="col">{t('changes.label')}</th>
                <th scope="col">{t('changes.class')}</th>
                <th scope="col">{t('batches.user')}</th>
                <th scope="col">{t('changes.date')}</th>
                <th scope="col">{t('box.reason')}</th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <BoxRow key={`${row.id} ${row.rev}`} row={row} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      <Pager offset={offset} limit={LIMIT} total={list.value?.total ?? 0} onMove={setOffset} />
    </section>
  );
}

function BoxRow({ row }: { readonly row: ChangeRow }) {
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
        <ClassMark of={row} />
        <BesideLine of={row} />
      </td>
      <td>
        <bdi>{row.user ?? t('batch.unknownUser')}</bdi>
      </td>
      <td>{row.reportedAt === null ? '–' : format.day(row.reportedAt)}</td>
      <td>
        <bdi>{row.heldReason ?? reasonText(t, i18n, row.reason) ?? ''}</bdi>
      </td>
    </tr>
  );
}
