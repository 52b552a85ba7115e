/** Which rules tell what is unusual: the administrator turns them on and off, everybody sees them. */
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { UnusualRule } from '../../../shared/unusual.ts';
import { failureSentence, Failure } from '../../components/failure.tsx';
import { Tick } from '../../components/tick.tsx';
import { notify } from '../../hooks/notices.ts';
import { useMay } from '../../hooks/use-may.ts';
import { useClient, useQuery } from '../../hooks/use-query.ts';

export function UnusualRulesCard() {
  const { t } = useTranslation();
  const client = useClient();
  const may = useMay('unusual.set-rules');
  const asked = useQuery('unusual.rules', {}, ['settings']);
  const [isWorking, setWorking] = useState(false);
  const rules = asked.value?.rules ?? [];
  const turn = async (turned: UnusualRule, on: boolean) => {
    setWorking(true);
    try {
      const off = rules.filter(({ rule, on: is }) => (rule === turned ? !on : !is)).map(({ rule }) => rule);
      await client.ask('unusual.set-rules', { off });
      notify({ tone: 'good', text: t('rules.saved', { rule: t(`unusual.${turned}.word`, { count: 1 }) }) });
    } catch (failure) {
      const { sentence, action } = failureSentence(t, failure);
      notify({ tone: 'bad', text: sentence, more: action });
    }
    setWorking(false);
    asked.again();
  };
  return (
    <section className="card" aria-label={t('rules.title')}>
      <h2>{t('rules.title')}</h2>
      <p className="help">{t('rules.about')}</p>
      {may ? null : <p className="help">{t('rules.aboutClerk')}</p>}
      <Failure failure={asked.failure} retry={asked.again} />
      <ul className="stack">
        {rules
          .filter(({ fixed }) => !fixed)
          .map(({ rule, on }) => (
            <li key={rule}>
              <Tick chosen={on} disabled={!may || isWorking} onChange={(next) => void turn(rule, next)}>
                {t(`unusual.${rule}.word`, { count: 1 })}
              </Tick>
            </li>
          ))}
      </ul>
      <h3>{t('rules.always')}</h3>
      <ul className="help">
        {rules
          .filter(({ fixed }) => fixed)
          .map(({ rule }) => (
            <li key={rule}>{t(`unusual.${rule}.word`, { count: 1 })}</li>
          ))}
      </ul>
    </section>
  );
}
