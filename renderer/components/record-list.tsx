/** Records that one number counts, each with its reason and the way to its batch. */
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLanguage } from '../hooks/use-language.ts';
import type { ChangeRow } from '../../shared/review.ts';
import type { COUNTED } from '../../shared/upload.ts';
import { useFormat } from '../hooks/use-format.ts';
import { RECORD_TOPICS } from '../hooks/record-topics.ts';
import { useQuery } from '../hooks/use-query.ts';
import { useWhere } from '../hooks/use-where.ts';
import { Failure } from './failure.tsx';
import { BesideLine, ClassMark } from './marks.tsx';
import { Opener } from './opener.tsx';
import { Pager } from './pager.tsx';
import { recordName } from './record-name.tsx';
import { reasonText } from './reason.ts';

const LIMIT = 10;

interface Props {
  readonly box: (typeof COUNTED)[number];
  readonly label: string;
  readonly about?: string;
  /** Only of this health worker, who then needs no column; `null`: of nobody. */
  readonly user?: string | null;
}

export function RecordList({ box, label, about, user }: Props) {
  const { t } = useTranslation();
  const language = useLanguage();
  const [offset, setOffset] = useState(0);
  useEffect(() => setOffset(0), [box, user]);
  const list = useQuery(
    'changes.list',
    {
      box,
      sort: 'reportedAt',
      descending: true,
      offset,
      limit: LIMIT,
      language,
      ...(user === undefined ? {} : { user }),
    },
    RECORD_TOPICS,
  );
  const rows = list.current ? (list.value?.rows ?? []) : [];
  return (
    <section className="box-list" aria-label={label}>
      {about === undefined ? null : <p className="help">{about}</p>}
      <Failure failure={list.failure} retry={list.again} />
      {rows.length === 0 ? null : (
        <div className="table-box">
          <table className="table" aria-label={label} aria-busy={list.asking}>
            <thead>
              <tr>
                <th scope="col">{t('changes.label')}</th>
                <th scope="col">{t('changes.class')}</th>
                {user === undefined ? <th scope="col">{t('batches.user')}</th> : null}
                <th scope="col">{t('changes.date')}</th>
                <th scope="col">{t('box.reason')}</th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <RecordRow key={`${row.id} ${row.rev}`} row={row} withUser={user === undefined} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      <Pager offset={offset} limit={LIMIT} total={list.value?.total ?? 0} onMove={setOffset} />
    </section>
  );
}

function RecordRow({ row, withUser }: { readonly row: ChangeRow; readonly withUser: boolean }) {
  const { t, i18n } = useTranslation();
  const format = useFormat();
  const { go } = useWhere();
  const open = () => go({ place: 'review', batch: row.batch, change: row.id });
  return (
    <tr className="row-opens" onClick={open}>
      <th scope="row">
        <Opener onOpen={open}>{recordName(row)}</Opener>
      </th>
      <td>
        <ClassMark of={row} />
        <BesideLine of={row} />
      </td>
      {withUser ? (
        <td>
          <bdi>{row.user ?? t('batch.unknownUser')}</bdi>
        </td>
      ) : null}
      <td>{row.reportedAt === null ? '–' : format.day(row.reportedAt)}</td>
      <td>
        <bdi>{row.heldReason ?? reasonText(t, i18n, row.reason) ?? ''}</bdi>
      </td>
    </tr>
  );
}
