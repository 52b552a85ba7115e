/** Says what is kept and what becomes of the others, before it is done. */
import { Check } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { FieldLoss } from '../../../shared/losses.ts';
import type { ConflictDetail } from '../../../shared/review.ts';
import { useLanguage } from '../../hooks/use-language.ts';
import { useFormat } from '../../hooks/use-format.ts';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { Failure } from '../../components/failure.tsx';
import { Names } from '../../components/names.tsx';
import { FieldValue } from '../../components/field-value.tsx';
import { pathText } from '../../components/values.ts';
import { useQuery } from '../../hooks/use-query.ts';
import { RecordTable } from '../../components/record-table.tsx';
import { deletesRecord, endingOf } from './ending.ts';
import type { Choice } from './leaf-table.tsx';
import { leafName } from './leaves.ts';

interface Props {
  readonly conflict: ConflictDetail;
  readonly choice: Choice;
  readonly open: boolean;
  readonly onClose: () => void;
  readonly onConfirm: (losses: readonly FieldLoss[]) => void;
}

export function Confirm({ conflict, choice, open, onClose, onConfirm }: Props) {
  const { t } = useTranslation();
  const language = useLanguage();
  const format = useFormat();
  const { keep } = choice;
  const ending = open && keep !== null ? endingOf(conflict, { ...choice, keep }) : null;
  const asked = useQuery(
    'conflict.losses',
    ending === null ? null : { id: conflict.id, ...ending, language },
    [],
  );
  const losses = asked.value?.losses;
  const kept = conflict.leaves.find((leaf) => leaf.rev === keep);
  const others = conflict.leaves.filter((leaf) => leaf.rev !== keep);
  if (kept === undefined) return null;
  const picked = (choice.picks?.size ?? 0) > 0;
  // A new version is made of several, also where only what both sides changed was asked for.
  const mixed = picked || conflict.join !== null;
  return (
    <Dialog
      title={t(mixed ? 'conflict.confirmMixTitle' : 'conflict.confirmTitle')}
      open={open}
      onClose={onClose}
    >
      {mixed ? (
        <p>{t(picked ? 'conflict.confirmMix' : 'conflict.confirmJoined', { name: leafName(t, kept) })}</p>
      ) : (
        <>
          <p>{t('conflict.confirmKeep', { name: leafName(t, kept) })}</p>
          <p>
            {t('conflict.confirmOthers', {
              count: others.length,
              names: format.list(others.map((leaf) => leafName(t, leaf))),
            })}
          </p>
        </>
      )}
      {deletesRecord(conflict, ending) ? (
        <>
          <p>{t('ask.deletes', { count: 1 })}</p>
          <Names names={[conflict.label]} records={1} />
        </>
      ) : null}
      <Failure failure={asked.failure} />
      {losses === undefined || losses.length === 0 ? null : (
        <>
          <p>{t('conflict.loses')}</p>
          <ul>
            {losses.map(({ path, of, value }, index) => {
              const side = conflict.leaves.find((leaf) => leaf.rev === of);
              return (
                <li key={`${index} ${of}`}>
                  <bdi>{pathText(path)}</bdi>: <FieldValue path={path} value={value} />
                  {side === undefined ? null : <bdi> ({leafName(t, side)})</bdi>}
                </li>
              );
            })}
          </ul>
        </>
      )}
      {asked.value?.shown == null ? null : (
        <div className="preview">
          <RecordTable view={asked.value.shown} attachments={[]} title={t('conflict.preview')} />
        </div>
      )}
      <div className="dialog-actions">
        <Button onPress={onClose}>{t('action.cancel')}</Button>
        <Button
          look="main"
          icon={Check}
          isDisabled={losses === undefined}
          onPress={() => onConfirm(losses ?? [])}
        >
          {t(mixed ? 'conflict.confirmMixYes' : 'conflict.confirm')}
        </Button>
      </div>
    </Dialog>
  );
}
