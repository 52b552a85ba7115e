/** How the disk, the store, the history, its backups and the safe copies are, and the one act that repairs them. */
import { HeartPulse } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { isRepairable, LEDGER_TROUBLES, type Health, type LedgerRestored } from '../../../shared/health.ts';
import { Button } from '../../components/button.tsx';
import { Failure, sentenceIn } from '../../components/failure.tsx';
import { GivenUp } from '../../components/given-up.tsx';
import { useFormat } from '../../hooks/use-format.ts';
import { useMay } from '../../hooks/use-may.ts';
import { useClient, useQuery } from '../../hooks/use-query.ts';
import { SurroundingsCheck } from './surroundings.tsx';
import { LostComputerButton } from './lost-computer.tsx';
import { EncryptionRule } from './encryption-rule.tsx';

export function HealthCard() {
  const { t } = useTranslation();
  const client = useClient();
  const asked = useQuery('health.get', {}, ['health', 'intake']);
  const [failure, setFailure] = useState<unknown>();
  const [repairing, setRepairing] = useState(false);
  const health = asked.value;
  const maySetRules = useMay('health.set-rules');

  const repair = async () => {
    setFailure(undefined);
    setRepairing(true);
    try {
      await client.ask('health.repair', {});
      asked.again();
    } catch (error) {
      setFailure(error);
    } finally {
      setRepairing(false);
    }
  };
  return (
    <section className="card" aria-label={t('health.title')}>
      <h2>{t('health.title')}</h2>
      <Failure failure={failure ?? asked.failure} retry={asked.again} />
      {health === undefined ? null : <HealthLines health={health} />}
      {maySetRules ? <EncryptionRule /> : null}
      <div className="actions">
        <Button
          icon={HeartPulse}
          isDisabled={health === undefined || repairing}
          onPress={() => void repair()}
        >
          {t(health !== undefined && isRepairable(health) ? 'health.repair' : 'health.look')}
        </Button>
        <LostComputerButton />
      </div>
      <SurroundingsCheck />
    </section>
  );
}

function RestoredLines({ restored }: { readonly restored: LedgerRestored }) {
  const { t } = useTranslation();
  const { t: done } = useTranslation('audit');
  const format = useFormat();
  const { backup, at, complete, lost, reopened, aside } = restored;
  return (
    <>
      <p>
        {backup === null
          ? t('health.begunAnew', { at: format.moment(at) })
          : t(complete ? 'health.putBackWhole' : 'health.putBack', { until: format.moment(backup) })}
      </p>
      {lost.length === 0 ? null : (
        <p>
          {t('health.lost', {
            what: lost.map(({ what, count }) => `${format.number(count)} × ${done(what)}`).join(', '),
          })}
        </p>
      )}
      {reopened === 0 ? null : <p>{t('health.reopened', { count: reopened })}</p>}
      {aside === null ? null : <p>{t('health.aside', { name: aside })}</p>}
    </>
  );
}

function HealthLines({ health }: { readonly health: Health }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { disk, store, ledger, backups, copies } = health;
  const { value: protection } = useQuery('health.protection', {}, ['health', 'settings']);
  const [newest] = backups;
  const trouble = ledger.state === 'good' ? null : sentenceIn(t, LEDGER_TROUBLES[ledger.state]);
  const closed = store.error === null ? null : sentenceIn(t, store.error);
  return (
    <dl className="facts">
      <dt>{t('health.disk')}</dt>
      <dd>
        {disk.free === null ? t('health.notTold') : t('health.free', { bytes: format.bytes(disk.free) })}
        {disk.tight ? ` ${t('health.tight')}` : ''}
      </dd>
      <dt>{t('health.encryption')}</dt>
      <dd>
        {protection === undefined ? null : t(`health.encrypted.${protection.encryption}`)}
        {protection?.refuses === true ? <p>{t('health.refuses')}</p> : null}
      </dd>
      <dt>{t('health.store')}</dt>
      <dd>
        {t(`health.state.${store.state}`)}
        {closed === null ? null : ` ${closed.sentence} ${closed.action}`}
        {store.goneFrom.map(({ dump, name, records }) => (
          <p key={dump}>{t('health.goneFrom', { count: records, name })}</p>
        ))}
        {store.gaveUp === null ? null : <p>{t('health.gaveUp', { at: format.moment(store.gaveUp) })}</p>}
        {store.aside.map((name) => (
          <p key={name}>{t('health.aside', { name })}</p>
        ))}
      </dd>
      <dt>{t('health.history')}</dt>
      <dd>
        {trouble === null ? t('health.state.good') : `${trouble.sentence} ${trouble.action}`}
        {ledger.mended === null ? null : <p>{t('health.mended', { at: format.moment(ledger.mended) })}</p>}
        {ledger.restored === null ? null : <RestoredLines restored={ledger.restored} />}
      </dd>
      <dt>{t('health.backup')}</dt>
      <dd>{newest === undefined ? t('health.noBackup') : format.moment(newest.at)}</dd>
      <dt>{t('health.copies')}</dt>
      <dd>
        {format.number(copies.kept)}
        {copies.unknown > 0 ? <p>{t('health.unknown', { count: copies.unknown })}</p> : null}
        {copies.missing.map(({ dump, name }) => (
          <p key={dump}>{t('health.missing', { name })}</p>
        ))}
        {copies.givenUp.map(({ dump, name }) => (
          <div key={dump}>
            <p>{t('health.givenUp', { name })}</p>
            <GivenUp dump={dump} />
          </div>
        ))}
      </dd>
    </dl>
  );
}
