/** What the station needs around it (server, clock, keyring, phones), looked at when somebody asks. */
import { MonitorCheck } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { surroundingsLines, type Surroundings } from '../../../shared/surroundings.ts';
import { Button } from '../../components/button.tsx';
import { Failure, sentenceIn } from '../../components/failure.tsx';
import { useClient } from '../../hooks/use-query.ts';
import { useStationStatus } from '../../hooks/use-station-status.ts';

export function SurroundingsCheck() {
  const { t } = useTranslation();
  const client = useClient();
  const [found, setFound] = useState<Surroundings>();
  const [failure, setFailure] = useState<unknown>();
  const [looking, setLooking] = useState(false);
  const look = async () => {
    setFailure(undefined);
    setLooking(true);
    try {
      setFound(await client.ask('health.surroundings', {}));
    } catch (error) {
      setFailure(error);
    } finally {
      setLooking(false);
    }
  };
  return (
    <>
      <Failure failure={failure} retry={() => void look()} />
      <div role="status">
        {looking ? <p>{t('health.looking')}</p> : null}
        {found === undefined || looking ? null : <Lines found={found} />}
      </div>
      <Button icon={MonitorCheck} isDisabled={looking} onPress={() => void look()}>
        {t('health.surroundings')}
      </Button>
    </>
  );
}

function Lines({ found }: { readonly found: Surroundings }) {
  const { t } = useTranslation();
  const { t: said } = useTranslation('computer');
  const { info } = useStationStatus();
  return (
    <ul className="stack" aria-label={t('health.surroundings')}>
      {surroundingsLines(found, info?.version ?? '').map(({ key, values, code, asks }) => {
        const more = code === null ? null : sentenceIn(t, code);
        const text = [said(key, values), ...(more === null ? [] : [more.sentence, more.action])].join(' ');
        return <li key={key}>{asks ? <strong>{text}</strong> : text}</li>;
      })}
    </ul>
  );
}
