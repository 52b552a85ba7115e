/** Asks before a decision that does harm when it is a mistake: with the number, the names and what will happen. */
import { TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { Names } from '../../components/names.tsx';

interface Props {
  readonly title: string;
  /** What will happen on the server. */
  readonly children: ReactNode;
  /** The records by the names that people know; the first ten are shown. */
  readonly names: readonly string[];
  /** How many records it is about, where not all of them are named. */
  readonly records?: number;
  readonly confirm: string;
  readonly open: boolean;
  readonly onClose: () => void;
  readonly onConfirm: () => void;
}

export function AskFirst({ title, children, names, records, confirm, open, onClose, onConfirm }: Props) {
  const { t } = useTranslation();
  return (
    <Dialog title={title} open={open} onClose={onClose}>
      <div className="hint tone-warning">
        <TriangleAlert aria-hidden size={18} />
        <div>{children}</div>
      </div>
      <Names names={names} records={records ?? names.length} />
      <div className="dialog-actions">
        <Button onPress={onClose}>{t('action.cancel')}</Button>
        <Button
          look="main"
          onPress={() => {
            onClose();
            onConfirm();
          }}
        >
          {confirm}
        </Button>
      </div>
    </Dialog>
  );
}
