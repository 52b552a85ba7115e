/** The records that an act was about, by name, each of which opens. */
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useQuery } from '../../hooks/use-query.ts';
import { useWhere } from '../../hooks/use-where.ts';
import { Failure } from '../../components/failure.tsx';
import { Opener } from '../../components/opener.tsx';
import { Pager } from '../../components/pager.tsx';
import { recordAt } from './where-to.ts';

const LIMIT = 20;

export function ActRecords({ act }: { readonly act: number }) {
  const { t } = useTranslation();
  const { go } = useWhere();
  const [offset, setOffset] = useState(0);
  const list = useQuery('history.records', { act, offset, limit: LIMIT }, []);
  return (
    <>
      <Failure failure={list.failure} retry={list.again} />
      <ul className="act-records" aria-label={t('history.recordsOf')}>
        {(list.value?.rows ?? []).map((record, at) => {
          const name = record.label ?? record.form ?? t('record.unknown');
          const to = recordAt(record);
          return (
            <li key={`${offset + at}`}>
              {to === null ? <bdi>{name}</bdi> : <Opener onOpen={() => go(to)}>{name}</Opener>}
            </li>
          );
        })}
      </ul>
      <Pager offset={offset} limit={LIMIT} total={list.value?.total ?? 0} onMove={setOffset} />
    </>
  );
}
