/** Why something is not sent for now. The reason goes into the ledger and onto the receipt. */
import { Pause } from 'lucide-react';
import { useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { Field } from '../../components/field.tsx';

const USUAL = ['ask', 'mistake', 'twice'] as const;

interface Props {
  readonly count: number;
  readonly open: boolean;
  readonly onClose: () => void;
  readonly onHold: (reason: string) => void;
}

export function HoldDialog(props: Props) {
  const { t } = useTranslation();
  return (
    <Dialog title={t('hold.title', { count: props.count })} open={props.open} onClose={props.onClose}>
      <HoldForm {...props} />
    </Dialog>
  );
}

function HoldForm({ onClose, onHold }: Props) {
  const { t } = useTranslation();
  const [reason, setReason] = useState('');
  const [missing, setMissing] = useState(false);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (reason.trim() === '') {
      setMissing(true);
      return;
    }
    onHold(reason.trim());
    onClose();
  };
  return (
    <form onSubmit={submit} autoComplete="off" noValidate>
      <p>{t('hold.about')}</p>
      <Field
        label={t('hold.reason')}
        value={reason}
        onChange={(text) => {
          setReason(text);
          setMissing(false);
        }}
        maxLength={500}
        autoFocus
        {...(missing ? { error: t('hold.missing') } : {})}
      />
      <div className="usual" role="group" aria-label={t('hold.usual')}>
        {USUAL.map((one) => (
          <Button key={one} onPress={() => setReason(t(`hold.${one}`))}>
            {t(`hold.${one}`)}
          </Button>
        ))}
      </div>
      <div className="dialog-actions">
        <Button onPress={onClose}>{t('action.cancel')}</Button>
        <Button type="submit" look="main" icon={Pause}>
          {t('action.hold')}
        </Button>
      </div>
    </form>
  );
}
