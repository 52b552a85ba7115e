/** The counts of an upload, kept apart, and the records that did not get through with the reason of each. */
import { ChevronDown, ChevronRight } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { RefusedRecord, UploadResult } from '../../../shared/upload.ts';
import { useFormat } from '../../hooks/use-format.ts';
import { Button } from '../../components/button.tsx';
import { sentenceOfText } from '../../components/failure.tsx';
import { reasonText } from '../../components/reason.ts';
import { isErrorCode } from '../../../shared/errors.ts';

/** What did not get through, each with a list of its own. */
const LISTED = ['refused', 'failed', 'lapsed', 'waiting'] as const;

export function UploadCounts({ upload }: { readonly upload: UploadResult }) {
  const { t } = useTranslation();
  const format = useFormat();
  const counts = [
    ['sent', upload.sent],
    ['accepted', upload.accepted],
    ['already', upload.already],
    ...LISTED.map((list) => [list, upload.totals[list]] as const),
  ] as const;
  return (
    <>
      <dl className="counts">
        {counts.map(([word, count]) => (
          <div key={word} className={count === 0 ? 'count count-none' : 'count'}>
            <dt>{t(`upload.${word}`)}</dt>
            <dd>{format.number(count)}</dd>
          </div>
        ))}
      </dl>
      {LISTED.map((list) => (
        <Records
          key={list}
          title={t(`upload.${list}List`, { count: upload.totals[list] })}
          records={upload[list] ?? []}
          total={upload.totals[list]}
        />
      ))}
    </>
  );
}

interface ListProps {
  readonly title: string;
  readonly records: readonly RefusedRecord[];
  /** How many there are; the list may name fewer. */
  readonly total: number;
}

function Records({ title, records, total }: ListProps) {
  const { t, i18n } = useTranslation();
  const [open, setOpen] = useState(records.length <= 5);
  if (records.length === 0) return null;
  return (
    <div className="records">
      <Button
        look="quiet"
        icon={open ? ChevronDown : ChevronRight}
        aria-expanded={open}
        onPress={() => setOpen(!open)}
      >
        {title}
      </Button>
      {open ? (
        <ul>
          {records.map((record) => (
            <li key={`${record.id} ${record.rev}`}>
              <strong>
                <bdi>{record.label ?? record.id}</bdi>
              </strong>{' '}
              <bdi>
                {isErrorCode(record.reason)
                  ? sentenceOfText(t, record.reason).sentence
                  : (reasonText(t, i18n, record.reason, record.size) ?? '')}
              </bdi>
            </li>
          ))}
          {total > records.length ? <li>{t('foot.more', { count: total - records.length })}</li> : null}
        </ul>
      ) : null}
    </div>
  );
}
