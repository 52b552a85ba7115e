/** Carries out a decision, says what came of it, and offers the way back. */
import { useCallback, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { StationError } from '../../../shared/errors.ts';
import { notify } from '../../hooks/notices.ts';
import { failureSentence } from '../../components/failure.tsx';
import type { Decision } from './decisions.ts';

export type Verb =
  'approved' | 'held' | 'released' | 'rebased' | 'chosen' | 'broughtBack' | 'settled' | 'settledMany';

export interface Decide {
  /** Something is being decided; its buttons wait. */
  readonly busy: boolean;
  /** True where it was done. `left`: what it leaves as it is and why, to be said with what came of it. */
  readonly decide: (verb: Verb, work: () => Promise<Decision>, left?: string) => Promise<boolean>;
}

export function useDecide(): Decide {
  const { t } = useTranslation();
  const [busy, setBusy] = useState(false);
  const decide = useCallback(
    async (verb: Verb, work: () => Promise<Decision>, left = '') => {
      setBusy(true);
      const failed = (failure: unknown) => {
        const { sentence, action } = failureSentence(t, failure);
        notify({ tone: 'bad', text: sentence, more: action });
      };
      try {
        const { changed, undo, otherVersion = 0, done = verb, about = '' } = await work();
        const takeBack = async () => {
          try {
            if (undo === null) return;
            const { undone, later, lapsed } = await undo();
            const more = [
              ...(later > 0 ? [t('decide.laterStays', { count: later })] : []),
              ...(lapsed > 0 ? [t('decide.lapsedSince', { count: lapsed })] : []),
            ].join(' ');
            notify({
              tone: 'plain',
              text: t('decide.undone', { count: undone }),
              ...(more === '' ? {} : { more }),
            });
          } catch (failure) {
            if (failure instanceof StationError && failure.code === 'decision-sent') {
              const { action } = failureSentence(t, failure);
              const count = Number(failure.detail ?? 0);
              notify({ tone: 'bad', text: t('decide.sentAlready', { count }), more: action });
            } else failed(failure);
          }
        };
        const beside = otherVersion > 0 ? t('decide.otherVersion', { count: otherVersion }) : '';
        const more = [left, beside].filter((sentence) => sentence !== '').join(' ');
        notify({
          tone: more !== '' ? 'warning' : changed > 0 ? 'good' : 'plain',
          text: t(`decide.${done}`, { count: changed, name: about }),
          ...(more === '' ? {} : { more }),
          ...(undo === null || changed === 0 ? {} : { undo: () => void takeBack() }),
        });
        return true;
      } catch (failure) {
        failed(failure);
        return false;
      } finally {
        setBusy(false);
      }
    },
    [t],
  );
  return { busy, decide };
}
