/** A record in the words of its form and in its order: text and the record's own photos, whatever is in it. */
import { ChevronDown, ChevronRight } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { AttachmentInfo } from '../../shared/review.ts';
import type { RecordField, RecordRow, RecordView } from '../../shared/record-view.ts';
import { useFormat } from '../hooks/use-format.ts';
import { answerText, isMissing } from './answer.ts';
import { Button } from './button.tsx';
import { FieldValue } from './field-value.tsx';
import { Pictures } from './pictures.tsx';
import { pathText } from './values.ts';

interface Props {
  readonly view: RecordView;
  readonly attachments: readonly AttachmentInfo[];
  readonly title: string;
  /** What has to be said about it first. */
  readonly children?: ReactNode;
}

/** The files that stand in place of the field they answer. */
export function filesIn({ rows, folded }: RecordView): string[] {
  return [...rows, ...folded].flatMap((row) =>
    row.kind === 'field' && row.answer.is === 'file' && row.answer.attachment !== null
      ? [row.answer.attachment]
      : [],
  );
}

export function RecordTable({ view, attachments, title, children }: Props) {
  const { t } = useTranslation();
  const [more, setMore] = useState(false);
  const { form, rows, folded, leftOut } = view;
  return (
    <section className="difference">
      <h3>{title}</h3>
      {children}
      {form === 'read' || form === 'none' ? null : <p className="help">{t(`record.form.${form}`)}</p>}
      {rows.length === 0 && folded.length === 0 ? (
        <p className="help">{t('record.nothing')}</p>
      ) : (
        <table className="table fields-table">
          <thead>
            <tr>
              <th scope="col">{t('difference.field')}</th>
              <th scope="col">{t('difference.value')}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row, at) => (
              <Row key={`${at}`} row={row} view={view} attachments={attachments} />
            ))}
            {more
              ? folded.map((field) => (
                  <Row key={JSON.stringify(field.path)} row={field} view={view} attachments={attachments} />
                ))
              : null}
          </tbody>
        </table>
      )}
      {leftOut === 0 ? null : <p className="help">{t('record.leftOut', { count: leftOut })}</p>}
      {folded.length === 0 ? null : (
        <Button
          look="quiet"
          icon={more ? ChevronDown : ChevronRight}
          aria-expanded={more}
          onPress={() => setMore(!more)}
        >
          {t('difference.others', { count: folded.length })}
        </Button>
      )}
    </section>
  );
}

interface RowProps extends Pick<Props, 'view' | 'attachments'> {
  readonly row: RecordRow;
}

function Row({ row, view, attachments }: RowProps) {
  const { t } = useTranslation();
  const level = `record-level-${Math.min(row.depth, 3)}`;
  if (row.kind === 'heading') {
    const time = row.time === null ? null : t('record.time', { number: row.time });
    return (
      <tr className="record-heading">
        <th scope="colgroup" colSpan={2} className={level}>
          <bdi>{row.text}</bdi> {time === null ? null : <span className="help">{time}</span>}
        </th>
      </tr>
    );
  }
  if (row.kind === 'note') {
    return (
      <tr>
        <td colSpan={2} className={`help ${level}`}>
          <bdi>{row.text}</bdi>
        </td>
      </tr>
    );
  }
  return (
    <tr>
      <th scope="row" className={level}>
        <bdi title={pathText(row.path)}>{row.label}</bdi>
      </th>
      <td>
        <Said field={row} view={view} attachments={attachments} />
      </td>
    </tr>
  );
}

interface SaidProps extends Pick<Props, 'view' | 'attachments'> {
  readonly field: RecordField;
}

function Said({ field, view, attachments }: SaidProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const { answer, path, label } = field;
  if (answer.is === 'file') {
    const file = attachments.find(({ name }) => name === answer.attachment);
    if (file === undefined) return <span className="value-missing">{t('record.noFile')}</span>;
    return <Pictures id={view.id} rev={view.rev} attachments={[file]} shows={label} />;
  }
  const text = answerText(t, format, answer) ?? '';
  if (isMissing(answer)) return <span className="value-missing">{text}</span>;
  return <FieldValue path={path} value={text} />;
}
