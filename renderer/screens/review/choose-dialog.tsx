/**
 * A version that came with several contents: all of them side by side, with who brought what, and the choice of the
 * true one. One may be proposed; none is chosen beforehand.
 */
import { Check, Server, ShieldCheck, Smartphone, Trash2 } from 'lucide-react';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ContentSide, ContradictionDetail } from '../../../shared/contradictions.ts';
import { StationError } from '../../../shared/errors.ts';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { Failure } from '../../components/failure.tsx';
import { FieldValue } from '../../components/field-value.tsx';
import { pathText } from '../../components/values.ts';
import { useFormat } from '../../hooks/use-format.ts';
import { useQuery } from '../../hooks/use-query.ts';
import type { Choice } from './decisions.ts';

interface Props {
  readonly id: string;
  readonly rev: string;
  readonly open: boolean;
  readonly onClose: () => void;
  readonly onChoose: (choice: Choice) => void;
}

export function ChooseDialog({ id, rev, open, onClose, onChoose }: Props) {
  const { t } = useTranslation();
  return (
    <Dialog title={t('contents.title')} open={open} onClose={onClose} wide>
      <Contents id={id} rev={rev} onClose={onClose} onChoose={onChoose} />
    </Dialog>
  );
}

function Contents({ id, rev, onClose, onChoose }: Omit<Props, 'open'>) {
  const { t } = useTranslation();
  const asked = useQuery('contradiction.get', { id, rev }, ['batches', 'conflicts']);
  const [chosen, setChosen] = useState<string | null>(null);
  const detail = asked.value;
  // A choice among other contents than those shown now does not count.
  const isShown = detail?.sides.some(({ content }) => content === chosen) === true;
  const isUnproven = detail?.sides.some(({ unproven }) => unproven) === true;
  return (
    <>
      <p>{t('contents.about')}</p>
      <Failure failure={asked.failure} retry={asked.again} />
      {detail === undefined ? null : (
        <>
          {detail.proposed === null ? null : (
            <p className="hint">
              <ShieldCheck aria-hidden size={18} />
              <span>{t('contents.proposed')}</span>
            </p>
          )}
          {isUnproven ? <Failure failure={new StationError('content-unproven')} /> : null}
          <SideTable detail={detail} chosen={chosen} onChoose={setChosen} />
        </>
      )}
      <div className="dialog-actions">
        <Button onPress={onClose}>{t('action.cancel')}</Button>
        <Button
          look="main"
          icon={Check}
          isDisabled={!isShown || isUnproven}
          onPress={() => {
            if (detail === undefined || chosen === null) return;
            onClose();
            onChoose({ id, rev, content: chosen, seen: detail.sides.map(({ content }) => content) });
          }}
        >
          {t('contents.choose')}
        </Button>
      </div>
    </>
  );
}

interface TableProps {
  readonly detail: ContradictionDetail;
  readonly chosen: string | null;
  readonly onChoose: (content: string) => void;
}

function SideTable({ detail: { sides, fields, proposed }, chosen, onChoose }: TableProps) {
  const { t } = useTranslation();
  const group = useId();
  return (
    <div className="table-box table-wide">
      <table className="table leaves" aria-label={t('contents.title')}>
        <thead>
          <tr>
            <td className="leaf-corner" />
            {sides.map((side, index) => (
              <th
                key={side.content}
                scope="col"
                className={side.content === chosen ? 'leaf leaf-chosen' : 'leaf'}
              >
                <label className="leaf-choice">
                  <input
                    type="radio"
                    name={group}
                    checked={side.content === chosen}
                    disabled={side.body === null}
                    onChange={() => onChoose(side.content)}
                    aria-describedby={`${group}-${index}`}
                  />
                  {side.origin === 'server' ? (
                    <Server aria-hidden size={20} />
                  ) : (
                    <Smartphone aria-hidden size={20} />
                  )}
                  {side.origin === 'server'
                    ? t('contents.server')
                    : t('contents.side', { number: index + 1 })}
                </label>
                <SideFacts id={`${group}-${index}`} side={side} isProposed={side.content === proposed} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {fields.map(({ path, values }) => (
            <tr key={JSON.stringify(path)}>
              <th scope="row">
                <bdi>{pathText(path)}</bdi>
              </th>
              {sides.map((side, index) => (
                <td key={side.content} className={side.content === chosen ? 'leaf-chosen' : ''}>
                  {side.body === null ? (
                    <span className="value-missing">{t('contents.gone')}</span>
                  ) : (
                    <FieldValue path={path} value={values[index]} />
                  )}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {fields.length === 0 ? <p className="help">{t('contents.filesOnly')}</p> : null}
    </div>
  );
}

function SideFacts({
  id,
  side,
  isProposed,
}: {
  readonly id: string;
  readonly side: ContentSide;
  readonly isProposed: boolean;
}) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <div className="leaf-facts help" id={id}>
      {side.brought.map(({ batch, user, device, format: form, takenAt, verified }) => (
        <span key={`${batch ?? ''} ${takenAt} ${form ?? ''}`}>
          <bdi>{user ?? t('batch.unknownUser')}</bdi>, <bdi>{device ?? t('batch.unknownDevice')}</bdi>,{' '}
          {format.moment(takenAt)}, {verified || form === null ? '' : `${t(`format.${form}`)}, `}
          {t(verified ? 'contents.verified' : 'contents.list')}
        </span>
      ))}
      {side.attachments.map(({ name, bytes }) => (
        <span key={name}>
          <bdi>{name}</bdi> ({format.bytes(bytes)})
        </span>
      ))}
      {side.delivered ? <span>{t('contents.delivered')}</span> : null}
      {side.unproven ? <span>{t('contents.unproven')}</span> : null}
      {side.deleted ? (
        <span className="mark tone-warning">
          <Trash2 aria-hidden size={16} /> {t('conflict.deleted')}
        </span>
      ) : null}
      {isProposed ? (
        <span className="mark">
          <ShieldCheck aria-hidden size={16} /> {t('contents.isProposed')}
        </span>
      ) : null}
    </div>
  );
}
