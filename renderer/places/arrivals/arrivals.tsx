import { Inbox } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useOffers } from '../../hooks/offers.ts';
import { useAsked } from '../../hooks/use-asked.ts';
import { useKnown } from '../../hooks/use-station.ts';
import { Empty } from '../../parts/empty.tsx';
import { Failure } from '../../parts/failure.tsx';
import { PlaceHead } from '../../parts/place-head.tsx';
import { cardsOf } from './cards.ts';
import { ChooseFiles } from './choose-files.tsx';
import { OfferList } from './offer-list.tsx';
import { ReadPhone } from './phone/read-phone.tsx';
import { PracticeCard } from './practice-card.tsx';
import { SourceCard } from './source-card.tsx';
import { Today } from './today.tsx';

export function Arrivals() {
  const { t } = useTranslation();
  const { info } = useKnown();
  const sources = useAsked('sources.list', {}, ['sources', 'intake']);
  const offers = useOffers();
  const cards = cardsOf(sources.value?.sources ?? []);
  return (
    <>
      <PlaceHead title={t('place.arrivals')}>
        <ReadPhone />
        <ChooseFiles />
      </PlaceHead>
      {info?.practice == null ? null : <PracticeCard practice={info.practice} />}
      <Failure failure={sources.failure} retry={sources.again} />
      <OfferList offers={offers} />
      {sources.value !== undefined && cards.length === 0 && offers.length === 0 ? (
        <Empty icon={Inbox} title={t('arrivals.none')}>
          {t('arrivals.noneMore')}
        </Empty>
      ) : (
        <ul className="cards">
          {cards.map((card) => (
            <li key={card.key}>
              <SourceCard card={card} alone={cards.length === 1} />
            </li>
          ))}
        </ul>
      )}
      <Today />
    </>
  );
}
