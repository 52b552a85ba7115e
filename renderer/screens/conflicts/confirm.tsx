/** Says what is kept and what becomes of the others, before it is done. */
import { Check } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { ConflictDetail } from '../../../shared/review.ts';
import { useFormat } from '../../hooks/use-format.ts';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { leafName } from './leaves.ts';

interface Props {
  readonly conflict: ConflictDetail;
  readonly keep: string | null;
  /** A new version is made of several. */
  readonly mixed: boolean;
  readonly open: boolean;
  readonly onClose: () => void;
  readonly onConfirm: () => void;
}

export function Confirm({ conflict, keep, mixed, open, onClose, onConfirm }: Props) {
  const { t } = useTranslation();
  const format = useFormat();
  const kept = conflict.leaves.find((leaf) => leaf.rev === keep);
  const others = conflict.leaves.filter((leaf) => leaf.rev !== keep);
  if (kept === undefined) return null;
  return (
    <Dialog
      title={t(mixed ? 'conflict.confirmMixTitle' : 'conflict.confirmTitle')}
      open={open}
      onClose={onClose}
    >
      {mixed ? (
        <p>{t('conflict.confirmMix', { name: leafName(t, kept) })}</p>
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
      <div className="dialog-actions">
        <Button onPress={onClose}>{t('action.cancel')}</Button>
        <Button look="main" icon={Check} onPress={onConfirm}>
          {t(mixed ? 'conflict.confirmMixYes' : 'conflict.confirm')}
        </Button>
      </div>
    </Dialog>
  );
}
