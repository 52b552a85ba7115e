/** Files on their way from this window to the station. */
import { FileUp, TriangleAlert, X } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useOfferStore, type Offer } from '../../hooks/offers.ts';
import { useFormat } from '../../hooks/use-format.ts';
import { Button } from '../../components/button.tsx';
import { failureSentence } from '../../components/failure.tsx';

export function OfferList({ offers }: { readonly offers: readonly Offer[] }) {
  const { t } = useTranslation();
  if (offers.length === 0) return null;
  return (
    <ul className="offers" aria-label={t('arrivals.offers')}>
      {offers.map((offer) => (
        <OfferRow key={offer.key} offer={offer} />
      ))}
    </ul>
  );
}

function OfferRow({ offer }: { readonly offer: Offer }) {
  const { t } = useTranslation();
  const format = useFormat();
  const store = useOfferStore();
  const failed = offer.state.kind === 'failed' ? failureSentence(t, offer.state.failure) : null;
  return (
    <li className={failed === null ? 'offer' : 'offer tone-bad'} role={failed === null ? undefined : 'alert'}>
      {failed === null ? <FileUp aria-hidden size={20} /> : <TriangleAlert aria-hidden size={20} />}
      <bdi className="offer-name">{offer.name}</bdi>
      <span className="offer-words">
        {failed === null
          ? t('progress.ofTotal', { done: format.bytes(offer.sent), total: format.bytes(offer.bytes) })
          : `${failed.sentence} ${failed.action}`}
      </span>
      <Button look="quiet" icon={X} onPress={() => store.drop(offer.key)}>
        {failed === null ? t('action.stop') : t('action.remove')}
      </Button>
    </li>
  );
}
