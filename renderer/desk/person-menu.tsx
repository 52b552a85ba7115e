/** Who works here now, and how they leave the desk: a lock for a moment, or another person in their place. */
import { Lock, UserRound, UsersRound } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Button } from '../components/button.tsx';
import { useClient, useQuery } from '../hooks/use-query.ts';
import { useKeys } from '../hooks/use-keys.ts';

export function PersonMenu() {
  const { t } = useTranslation();
  const client = useClient();
  const { value: desk } = useQuery('desk.get', {}, ['desk']);
  const isPerson = desk?.person?.by === 'secret';
  const lock = () => void client.ask('desk.lock', {}).catch(() => {});
  useKeys({ 'Ctrl+l': lock }, isPerson);
  if (!isPerson || desk.person === null) return null;
  return (
    <div className="person-menu">
      <p>
        <UserRound aria-hidden size={18} /> <bdi>{desk.person.name}</bdi>
      </p>
      <Button look="quiet" icon={Lock} onPress={lock}>
        {t('desk.lock')}
      </Button>
      <Button
        look="quiet"
        icon={UsersRound}
        onPress={() => void client.ask('desk.sign-out', {}).catch(() => {})}
      >
        {t('desk.switch')}
      </Button>
    </div>
  );
}
