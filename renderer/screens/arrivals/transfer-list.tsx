/** Files on their way from this window to the station. */
import { FileUp, TriangleAlert, X } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useTransferStore, type Transfer } from '../../hooks/file-transfers.ts';
import { useFormat } from '../../hooks/use-format.ts';
import { Button } from '../../components/button.tsx';
import { failureSentence } from '../../components/failure.tsx';

export function TransferList({ transfers }: { readonly transfers: readonly Transfer[] }) {
  const { t } = useTranslation();
  if (transfers.length === 0) return null;
  return (
    <ul className="transfers" aria-label={t('arrivals.transfers')}>
      {transfers.map((transfer) => (
        <TransferRow key={transfer.key} transfer={transfer} />
      ))}
    </ul>
  );
}

function TransferRow({ transfer }: { readonly transfer: Transfer }) {
  const { t } = useTranslation();
  const format = useFormat();
  const store = useTransferStore();
  const failed = transfer.state.kind === 'failed' ? failureSentence(t, transfer.state.failure) : null;
  return (
    <li
      className={failed === null ? 'transfer' : 'transfer tone-bad'}
      role={failed === null ? undefined : 'alert'}
    >
      {failed === null ? <FileUp aria-hidden size={20} /> : <TriangleAlert aria-hidden size={20} />}
      <bdi className="transfer-name">{transfer.name}</bdi>
      <span className="transfer-words">
        {failed === null
          ? t('progress.ofTotal', { done: format.bytes(transfer.sent), total: format.bytes(transfer.bytes) })
          : `${failed.sentence} ${failed.action}`}
      </span>
      <Button look="quiet" icon={X} onPress={() => store.drop(transfer.key)}>
        {failed === null ? t('action.stop') : t('action.remove')}
      </Button>
    </li>
  );
}
