/** Says whose a batch is, tells what came of it, and offers the way back. */
import type { TFunction } from 'i18next';
import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import type { Assigned } from '../../shared/contract.ts';
import { failureSentence } from '../components/failure.tsx';
import type { Client } from '../station.ts';
import { notify, type Notice } from './notices.ts';
import { useClient } from './use-query.ts';

export function assignedWords(t: TFunction, { user, lifted }: Assigned): Pick<Notice, 'text' | 'more'> {
  return {
    text: user === null ? t('whose.cleared') : t('whose.saved', { user }),
    ...(lifted === 0 ? {} : { more: t('whose.lifted', { count: lifted }) }),
  };
}

/** @throws the failure of the station: it is shown where the name was typed */
export async function assign(
  t: TFunction,
  client: Pick<Client, 'ask'>,
  batch: string,
  user: string | null,
): Promise<void> {
  const assigned = await client.ask('batch.assign', { batch, user });
  if (assigned.user === assigned.from) return;
  const takeBack = async () => {
    try {
      const back = await client.ask('batch.assign', { batch, user: assigned.from });
      notify({ tone: 'plain', ...assignedWords(t, back) });
    } catch (failure) {
      const { sentence, action } = failureSentence(t, failure);
      notify({ tone: 'bad', text: sentence, more: action });
    }
  };
  notify({ tone: 'good', ...assignedWords(t, assigned), undo: () => void takeBack() });
}

export function useAssign(): (batch: string, user: string | null) => Promise<void> {
  const { t } = useTranslation();
  const client = useClient();
  return useCallback((batch, user) => assign(t, client, batch, user), [t, client]);
}
