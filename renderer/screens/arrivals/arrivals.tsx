import { Inbox } from 'lucide-react';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { useTransfers } from '../../hooks/file-transfers.ts';
import { useQuery } from '../../hooks/use-query.ts';
import { useStationStatus } from '../../hooks/use-station-status.ts';
import { Empty } from '../../components/empty.tsx';
import { Failure } from '../../components/failure.tsx';
import { PlaceHead } from '../../components/place-head.tsx';
import { useJobStore } from '../../hooks/jobs.ts';
import { cardsOf, isOpenByItself } from './cards.ts';
import { ChooseFiles } from './choose-files.tsx';
import { ImportAll } from './import-all.tsx';
import { useImportChoices } from './import-choices.ts';
import { LayerHint } from './layer-hint.tsx';
import { TransferList } from './transfer-list.tsx';
import { ReadPhone } from './phone/read-phone.tsx';
import { PracticeCard } from './practice-card.tsx';
import { SourceCard } from './source-card.tsx';
import { PartialCopyList } from './partial-copies.tsx';
import { Today } from './today.tsx';

export function Arrivals() {
  const { t } = useTranslation();
  const { info } = useStationStatus();
  const sources = useQuery('sources.list', {}, ['sources', 'intake']);
  const transfers = useTransfers();
  const jobs = useJobStore();
  const choices = useImportChoices();
  const cards = cardsOf(sources.value?.sources ?? []);
  const here = sources.value?.sources;
  useEffect(() => {
    if (here === undefined) return;
    const ids = new Set(here.map(({ source }) => source));
    jobs.forget(({ source }) => source !== undefined && !ids.has(source));
    choices.keep(cardsOf(here));
  }, [here, jobs, choices]);
  return (
    <>
      <PlaceHead title={t('place.arrivals')}>
        <ImportAll cards={cards} choices={choices} />
        <ReadPhone />
        <ChooseFiles />
      </PlaceHead>
      {info?.practice == null ? null : <PracticeCard practice={info.practice} />}
      <Failure failure={sources.failure} retry={sources.again} />
      {sources.value === undefined ? null : <LayerHint layer={sources.value.layer} />}
      <TransferList transfers={transfers} />
      <PartialCopyList partialCopies={sources.value?.partialCopies ?? []} />
      {sources.value !== undefined && cards.length === 0 && transfers.length === 0 ? (
        <Empty icon={Inbox} title={t('arrivals.none')}>
          {t('arrivals.noneMore')} {t('arrivals.cable')}
        </Empty>
      ) : (
        <ul className="cards">
          {cards.map((card) => (
            <li key={card.key}>
              <SourceCard card={card} choices={choices} open={isOpenByItself(card, cards)} />
            </li>
          ))}
        </ul>
      )}
      <Today />
    </>
  );
}
