/** What a record is called in a list, in two lines: whom it is about and what it is; when, where and what is odd. */
import { Paperclip } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { ChangeRow } from '../../shared/review.ts';
import { useFormat } from '../hooks/use-format.ts';
import { BesideLine } from './marks.tsx';

type Named = Pick<ChangeRow, 'label' | 'title' | 'about'>;

/** Whom or what it is about, and what it is, as people call them now; else what it said when it came. */
export function recordName({ label, title, about }: Named): string {
  const words = [about, title].filter((word) => word !== undefined);
  return title === undefined || words.length === 0 ? label : words.join(' · ');
}

interface Props {
  readonly row: ChangeRow;
  /** Whose it is and from which device, where the list holds records of several people. */
  readonly withWhose?: boolean;
  /** The date, where it has no column of its own. */
  readonly withDate?: boolean;
}

export function RecordName({ row, withWhose = false, withDate = false }: Props) {
  const { t } = useTranslation();
  const format = useFormat();
  const { about, title } = row;
  const under = [
    ...(withDate && row.reportedAt !== null ? [format.day(row.reportedAt)] : []),
    ...(row.place === undefined ? [] : [row.place]),
    ...(withWhose ? [row.user ?? t('batch.unknownUser')] : []),
  ];
  const name = recordName(row);
  return (
    <span className="record-name" title={[name, ...under].join('\n')}>
      <span className="cut">
        {title === undefined || about === undefined ? (
          <bdi>{name}</bdi>
        ) : (
          <bdi>
            <strong>
              <bdi>{about}</bdi>
            </strong>{' '}
            <bdi className="record-title">{title}</bdi>
          </bdi>
        )}
        {row.attachments > 0 ? (
          <span className="attached">
            <Paperclip aria-hidden size={14} />
            <span className="unseen">{t('changes.attachments', { count: row.attachments })}</span>
          </span>
        ) : null}
      </span>
      <span className="record-under">
        <BesideLine of={row} />
        {under.map((word, at) => (
          <bdi key={`${at}`} className="help">
            {word}
          </bdi>
        ))}
      </span>
    </span>
  );
}
