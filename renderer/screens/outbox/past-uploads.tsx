/** Uploads that were made from here, newest first; each opens to its counts. */
import {
  ChevronDown,
  ChevronRight,
  CircleCheck,
  CircleX,
  Hourglass,
  Info,
  TriangleAlert,
} from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { UploadResult } from '../../../shared/upload.ts';
import { useQuery } from '../../hooks/use-query.ts';
import { useFormat } from '../../hooks/use-format.ts';
import { Failure, sentenceOfText } from '../../components/failure.tsx';
import { Pager } from '../../components/pager.tsx';
import { uploadSentence } from '../../components/results.ts';
import { UploadCounts } from './upload-counts.tsx';

const LIMIT = 5;
const MARKS = {
  done: { icon: CircleCheck, tone: 'good' },
  partly: { icon: TriangleAlert, tone: 'warning' },
  stopped: { icon: Info, tone: 'plain' },
  failed: { icon: CircleX, tone: 'bad' },
  running: { icon: Hourglass, tone: 'plain' },
  nothing: { icon: Info, tone: 'plain' },
} as const satisfies Record<UploadResult['outcome'], unknown>;

export function PastUploads() {
  const { t } = useTranslation();
  const [offset, setOffset] = useState(0);
  const list = useQuery('uploads.list', { offset, limit: LIMIT, descending: true }, ['outbox']);
  const rows = list.value?.rows ?? [];
  return (
    <section className="past">
      <h2>{t('uploads.title')}</h2>
      <Failure failure={list.failure} retry={list.again} />
      {list.value !== undefined && rows.length === 0 ? <p className="help">{t('uploads.none')}</p> : null}
      <ul className="today-list">
        {rows.map((upload) => (
          <PastUpload key={upload.upload} upload={upload} />
        ))}
      </ul>
      <Pager offset={offset} limit={LIMIT} total={list.value?.total ?? 0} onMove={setOffset} />
    </section>
  );
}

function PastUpload({ upload }: { readonly upload: UploadResult }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [open, setOpen] = useState(false);
  const { icon: Icon, tone } = MARKS[upload.outcome];
  const why = upload.error === null ? null : sentenceOfText(t, upload.error);
  return (
    <li className="card past-upload">
      <button type="button" className="past-line" aria-expanded={open} onClick={() => setOpen(!open)}>
        {open ? <ChevronDown aria-hidden size={18} /> : <ChevronRight aria-hidden size={18} />}
        <Icon aria-hidden size={20} className={`tone-${tone}`} />
        <span className="past-words">
          <strong>{uploadSentence(t, upload)}</strong>
          <span className="help">
            {t(`outcome.${upload.outcome}`)} · {format.moment(upload.startedAt)} · <bdi>{upload.user}</bdi>
            {upload.account === true ? ` (${t('uploads.byAccount')})` : ''}
          </span>
        </span>
      </button>
      {open ? (
        <>
          {why === null ? null : (
            <p className="hint tone-warning">
              <TriangleAlert aria-hidden size={18} />
              <span>
                {why.sentence} {why.action}
              </span>
            </p>
          )}
          <UploadCounts upload={upload} />
          <p className="help">
            {t('upload.size', { bytes: format.bytes(upload.bytes), seconds: format.seconds(upload.seconds) })}
          </p>
        </>
      ) : null}
    </li>
  );
}
