import { useTranslation } from 'react-i18next';
import { languageFor, type Language } from '../../../shared/languages.ts';
import { notify } from '../../hooks/notices.ts';
import { LOOKS, prefer, usePreferences } from '../../hooks/preferences.ts';
import { useClient } from '../../hooks/use-query.ts';
import { useStationStatus } from '../../hooks/use-station-status.ts';
import { useMay } from '../../hooks/use-may.ts';
import { useWhere } from '../../hooks/use-where.ts';
import { languageChoices } from '../../i18n.ts';
import { Actor } from '../../components/actor.tsx';
import { Button } from '../../components/button.tsx';
import { failureSentence } from '../../components/failure.tsx';
import { KeyTable } from '../../components/help.tsx';
import { PlaceHead } from '../../components/place-head.tsx';
import { Segments } from '../../components/segments.tsx';
import { Tick } from '../../components/tick.tsx';
import { BackupCard } from './backup-card.tsx';
import { HealthCard } from './health-card.tsx';
import { IntakeCard } from './intake-card.tsx';
import { Logins } from './logins.tsx';
import { People } from './people.tsx';
import { PhoneRule } from './phone-rule.tsx';
import { RetentionCard } from './retention-card.tsx';
import { ServerCard } from './server-card.tsx';
import { UnusualRulesCard } from './unusual-rules.tsx';
import { VersionsCard } from './versions-card.tsx';

export function Settings() {
  const { t } = useTranslation();
  const client = useClient();
  const { look, letterKeys, practiceCard } = usePreferences();
  const { info, settings } = useStationStatus();
  const { go } = useWhere();
  const maySetLanguage = useMay('settings.set');
  const mayServer = useMay('server.set');
  const mayIntake = useMay('intake.configure');
  const mayPeople = useMay('staff.list');
  const mayBackUp = useMay('backup.get');
  const mayUpdate = useMay('update.get');
  const mayLogins = useMay('logins.keep');
  const maySetPhones = useMay('phones.set-rules');
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
          {mayServer ? <ServerCard /> : null}
          {mayIntake ? <IntakeCard /> : null}
          <section className="card" aria-label={t('settings.window')}>
            <h2>{t('settings.window')}</h2>
            {maySetLanguage ? (
              <div className="setting">
                <span>{t('settings.language')}</span>
                <Segments
                  label={t('settings.language')}
                  chosen={languageFor(settings?.language ?? null, navigator.languages)}
                  choices={languageChoices(t)}
                  onChoose={(chosen) => void setLanguage(chosen)}
                />
              </div>
            ) : null}
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
              {info?.place ? (
                <>
                  <dt>{t('first.place')}</dt>
                  <dd>
                    <bdi>{info.place}</bdi>
                  </dd>
                </>
              ) : null}
              <dt>{t('settings.person')}</dt>
              <dd>
                <Actor name={info?.person.name ?? ''} />
              </dd>
              <dt>{t('settings.dataFolder')}</dt>
              <dd>
                <bdi>{info?.dataFolder ?? ''}</bdi>
              </dd>
              <dt>{t('settings.version')}</dt>
              <dd>{info?.version ?? ''}</dd>
            </dl>
            {maySetPhones ? <PhoneRule /> : null}
          </section>
        </div>
        <div className="stack">
          <HealthCard />
          <RetentionCard />
          {mayBackUp ? <BackupCard /> : null}
          {mayUpdate ? <VersionsCard /> : null}
          <UnusualRulesCard />
          {mayPeople ? <People /> : null}
          {mayLogins ? <Logins /> : null}
          <section className="card" aria-label={t('help.title')}>
            <h2>{t('help.title')}</h2>
            <KeyTable />
          </section>
        </div>
      </div>
    </>
  );
}
