/** The way in without a stick: choose a file or a folder, or drop it anywhere on the window. */
import { File as FileIcon, Folder } from 'lucide-react';
import { useEffect, useRef, type ChangeEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { notify } from '../../hooks/notices.ts';
import { useTakeFiles } from '../../hooks/use-take-files.ts';
import { useClient } from '../../hooks/use-query.ts';
import { useStationStatus } from '../../hooks/use-station-status.ts';
import { Button } from '../../components/button.tsx';
import { failureSentence } from '../../components/failure.tsx';

export function ChooseFiles() {
  const { t } = useTranslation();
  const client = useClient();
  const { info } = useStationStatus();
  const takeFiles = useTakeFiles();
  const fileInput = useRef<HTMLInputElement>(null);
  const folderInput = useRef<HTMLInputElement>(null);

  useEffect(() => {
    // React's types do not know the attribute; every browser does.
    if (folderInput.current !== null) folderInput.current.webkitdirectory = true;
  }, []);

  const choose = async (what: 'file' | 'folder') => {
    if (info?.canChoose !== true) {
      (what === 'file' ? fileInput : folderInput).current?.click();
      return;
    }
    try {
      await client.ask('sources.choose', { what });
    } catch (failure) {
      const { sentence, action } = failureSentence(t, failure);
      notify({ tone: 'bad', text: sentence, more: action });
    }
  };
  const chosen = (event: ChangeEvent<HTMLInputElement>) => {
    takeFiles([...(event.target.files ?? [])]);
    // The same file may be chosen again.
    event.target.value = '';
  };

  return (
    <div className="actions">
      <span className="help drop-hint">{t('arrivals.dropHint')}</span>
      <Button icon={FileIcon} onPress={() => void choose('file')}>
        {t('arrivals.chooseFile')}
      </Button>
      <Button icon={Folder} onPress={() => void choose('folder')}>
        {t('arrivals.chooseFolder')}
      </Button>
      <input
        ref={fileInput}
        className="unseen"
        type="file"
        multiple
        tabIndex={-1}
        aria-hidden
        onChange={chosen}
      />
      <input ref={folderInput} className="unseen" type="file" tabIndex={-1} aria-hidden onChange={chosen} />
    </div>
  );
}
