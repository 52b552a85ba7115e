import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import { failureSentence } from '../components/failure.tsx';
import { StationError } from '../../shared/errors.ts';
import { notify } from './notices.ts';
import { MOST_FILES, useTransferStore } from './file-transfers.ts';
import { useWhere } from './use-where.ts';

/** Files that the person gave: they go to the station, and Arrivals shows them. */
export function useTakeFiles(): (files: readonly File[]) => void {
  const { t } = useTranslation();
  const transfers = useTransferStore();
  const { go } = useWhere();
  return useCallback(
    (files) => {
      // Hidden files of the system (.DS_Store) lie in every folder.
      const wanted = files.filter((file) => !file.name.startsWith('.'));
      if (wanted.length === 0) return;
      if (wanted.length > MOST_FILES) {
        const { sentence, action } = failureSentence(t, new StationError('too-many-files'));
        notify({ tone: 'bad', text: sentence, more: action });
        return;
      }
      transfers.add(wanted);
      go({ place: 'arrivals' });
    },
    [t, transfers, go],
  );
}
