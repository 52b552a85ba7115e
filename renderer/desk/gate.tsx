/**
 * What stands before the window: the first start, signing in, the lock. Behind it nothing is drawn until somebody works here,
 * so that there is no name in the page that a lock would have to hide.
 */
import { useEffect, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Language } from '../../shared/languages.ts';
import { useQuery } from '../hooks/use-query.ts';
import { HelpAtDoor } from '../components/help-pages.tsx';
import { ConnectionBanner } from '../components/connection-banner.tsx';
import { ChoosePin, Locked, SignInHere } from './doors.tsx';
import { clearNotices } from '../hooks/notices.ts';
import { FirstStart } from './first-start.tsx';
import { useHere } from './use-here.ts';

interface Props {
  /** The window speaks it from here on, before the station has one. */
  readonly onLanguage: (language: Language) => void;
  readonly children: ReactNode;
}

export function Gate({ onLanguage, children }: Props) {
  const { t } = useTranslation();
  const { value: desk, failure } = useQuery('desk.get', {}, ['desk']);
  const [hasBegun, setHasBegun] = useState(false);
  const state = desk?.state;
  // Where a backup was restored, somebody signs in from here on.
  const isSettingUp = state === 'first' || (hasBegun && state !== 'signed-out');
  useHere(state === 'in' && desk?.person?.by === 'secret');
  useEffect(() => {
    if (state === 'first') setHasBegun(true);
    if (state === 'signed-out') setHasBegun(false);
  }, [state]);
  const isOpen = state === 'in' && !isSettingUp;
  const person = desk?.person?.name;
  useEffect(() => clearNotices, [isOpen, person]);
  useEffect(() => {
    if (!isOpen) document.title = t('app.name');
  }, [isOpen, t]);

  // A station that cannot even say who sits here says in its place what is wrong.
  if (failure !== undefined || isOpen) return children;
  if (state === undefined) return <ConnectionBanner />;
  return (
    <main className="gate">
      <ConnectionBanner />
      {isSettingUp ? (
        // Whoever comes back to a station that locked meanwhile goes on where they were.
        <div className="gate-kept" hidden={state === 'locked'}>
          <FirstStart isSetUp={state === 'in'} onLanguage={onLanguage} onDone={() => setHasBegun(false)} />
        </div>
      ) : null}
      {state === 'locked' ? (
        <Locked />
      ) : isSettingUp ? null : state === 'choosing' ? (
        <ChoosePin />
      ) : (
        <SignInHere />
      )}
      <HelpAtDoor page={isSettingUp ? 'new-computer' : 'stick'} />
    </main>
  );
}
