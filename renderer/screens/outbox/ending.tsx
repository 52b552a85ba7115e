/** How the last work of the outbox ended: a dry run, or an upload with its counts. */
import { CircleCheck, CircleX, Info, TriangleAlert } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { JobEnd } from '../../../shared/contract.ts';
import { isErrorCode } from '../../../shared/errors.ts';
import { HelpLink } from '../../components/help-pages.tsx';
import { useFormat } from '../../hooks/use-format.ts';
import { endWords } from '../../components/results.ts';
import { UploadCounts } from './upload-counts.tsx';

const ICONS = { good: CircleCheck, warning: TriangleAlert, bad: CircleX, plain: Info };

export function Ending({ end }: { readonly end: JobEnd }) {
  const { t } = useTranslation();
  const { tone, text, more } = endWords(t, end, useFormat());
  const Icon = ICONS[tone];
  const upload = end.kind === 'uploaded' ? end.upload : null;
  const code = end.kind === 'failed' ? end.code : upload?.error;
  return (
    <section className="card result" aria-label={t('outbox.result')}>
      <div className={`result-line tone-${tone}`} role="status">
        <Icon aria-hidden size={24} />
        <p>
          <strong>{text}</strong>
          {more === undefined ? null : <span> {more}</span>}
        </p>
        {isErrorCode(code) ? <HelpLink code={code} /> : null}
      </div>
      {upload?.account === true ? (
        <p className="help">{t('uploads.account', { user: upload.user })}</p>
      ) : null}
      {upload === null ? null : <UploadCounts upload={upload} />}
    </section>
  );
}
