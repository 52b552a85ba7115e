import { useTranslation } from 'react-i18next';
import { languageFor, LANGUAGES, type Language } from '../../../shared/languages.ts';
import { notify } from '../../hooks/notices.ts';
import { LOOKS, prefer, usePreferences } from '../../hooks/preferences.ts';
import { useClient } from '../../hooks/use-query.ts';
import { useStationStatus } from '../../hooks/use-station-status.ts';
import { useWhere } from '../../hooks/use-where.ts';
import { Button } from '../../components/button.tsx';
import { failureSentence } from '../../components/failure.tsx';
import { KeyTable } from '../../components/help.tsx';
import { PlaceHead } from '../../components/place-head.tsx';
import { Segments } from '../../components/segments.tsx';
import { Tick } from '../../components/tick.tsx';
import { HealthCard } from './health-card.tsx';
import { IntakeCard } from './intake-card.tsx';
import { Ledger } from './ledger.tsx';
import { Logins } from './logins.tsx';
import { PhoneRule } from './phone-rule.tsx';
import { ServerCard } from './server-card.tsx';

/** A language is named in itself, so that it is found by the person who needs it. */
const LANGUAGE_NAMES = { en: 'English', fr: 'Français' } as const;

export function Settings() {
  const { t } = useTranslation();
  const client = useClient();
  const { look, letterKeys, practiceCard } = usePreferences();
  const { info, settings } = useStationStatus();
  const { go } = useWhere();
  const setLanguage = async (language: Language) => {
    try {
      await client.ask('settings.set', { language });
    } catch (failure) {
      const { sentence, action } = failureSentence(t, failure);
      notify({ tone: 'bad', text: sentence, more: action });
    }
  };
  return (
    <>
      <PlaceHead title={t('place.settings')} />
      <div className="two">
        <div className="stack">
          <ServerCard />
          <IntakeCard />
          <section className="card" aria-label={t('settings.window')}>
            <h2>{t('settings.window')}</h2>
            <div className="setting">
              <span>{t('settings.language')}</span>
              <Segments
                label={t('settings.language')}
                chosen={languageFor(settings?.language ?? null, navigator.languages)}
                choices={LANGUAGES.map((key) => ({ key, text: LANGUAGE_NAMES[key] }))}
                onChoose={(chosen) => void setLanguage(chosen)}
              />
            </div>
            <div className="setting">
              <span>{t('settings.look')}</span>
              <Segments
                label={t('settings.look')}
                chosen={look}
                choices={LOOKS.map((key) => ({ key, text: t(`look.${key}`) }))}
                onChoose={(chosen) => prefer({ look: chosen })}
              />
            </div>
            <Tick chosen={letterKeys} onChange={(on) => prefer({ letterKeys: on })}>
              {t('settings.letterKeys')}
            </Tick>
            {info?.practice == null ? null : (
              <Button
                isDisabled={practiceCard === 'open'}
                onPress={() => {
                  prefer({ practiceCard: 'open' });
                  go({ place: 'arrivals' });
                }}
              >
                {t('settings.practice')}
              </Button>
            )}
          </section>
          <section className="card" aria-label={t('settings.station')}>
            <h2>{t('settings.station')}</h2>
            <dl className="facts">
              <dt>{t('settings.stationName')}</dt>
              <dd>
                <bdi>{info?.station ?? ''}</bdi>
              </dd>
              <dt>{t('settings.person')}</dt>
              <dd>
                <bdi>{info?.person.name ?? ''}</bdi>
              </dd>
              <dt>{t('settings.dataFolder')}</dt>
              <dd>
                <bdi>{info?.dataFolder ?? ''}</bdi>
              </dd>
              <dt>{t('settings.version')}</dt>
              <dd>{info?.version ?? ''}</dd>
            </dl>
            <PhoneRule />
          </section>
        </div>
        <div className="stack">
          <HealthCard />
          <Logins />
          <section className="card" aria-label={t('help.title')}>
            <h2>{t('help.title')}</h2>
            <KeyTable />
          </section>
        </div>
      </div>
      <Ledger />
    </>
  );
}
