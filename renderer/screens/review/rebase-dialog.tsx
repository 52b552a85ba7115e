import { Layers } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { Names } from '../../components/names.tsx';

interface Props {
  readonly open: boolean;
  /** The record that it deletes on the server; `null`: it is no deletion. */
  readonly deletes: string | null;
  readonly onClose: () => void;
  readonly onRebase: () => void;
}

/** Says what it means before it is done: the phone's version is put on top of the server's. */
export function RebaseDialog({ open, deletes, onClose, onRebase }: Props) {
  const { t } = useTranslation();
  return (
    <Dialog title={t('rebase.title')} open={open} onClose={onClose}>
      <p>{t('rebase.about')}</p>
      {deletes === null ? null : (
        <>
          <p>{t('ask.deletes', { count: 1 })}</p>
          <Names names={[deletes]} records={1} />
        </>
      )}
      <div className="dialog-actions">
        <Button onPress={onClose}>{t('action.cancel')}</Button>
        <Button
          look="main"
          icon={Layers}
          onPress={() => {
            onClose();
            onRebase();
          }}
        >
          {t('action.rebase')}
        </Button>
      </div>
    </Dialog>
  );
}
