/** Who did something, as the history has it: a person of the station, or what stands in place of one. */
import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import { accountOf, BEFORE_PEOPLE, PRACTICE, STATION } from '../../shared/people.ts';

export function actorText(t: TFunction, name: string): string {
  const account = accountOf(name);
  if (name === STATION) return t('actor.station');
  if (name === BEFORE_PEOPLE) return t('actor.before');
  if (name === PRACTICE) return t('actor.practice');
  return account === null ? name : t('actor.computer', { account });
}

export function Actor({ name }: { readonly name: string }) {
  const { t } = useTranslation();
  return <bdi>{actorText(t, name)}</bdi>;
}
