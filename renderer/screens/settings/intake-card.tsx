/** How dumps come in: whether what is plugged in is taken by itself, and which folders are watched. */
import { FolderPlus, FolderSync, X } from 'lucide-react';
import { useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { useQuery, useClient } from '../../hooks/use-query.ts';
import { useStationStatus } from '../../hooks/use-station-status.ts';
import { Button } from '../../components/button.tsx';
import { Failure } from '../../components/failure.tsx';
import { Field } from '../../components/field.tsx';
import { Tick } from '../../components/tick.tsx';

export function IntakeCard() {
  const { t } = useTranslation();
  const client = useClient();
  const { info } = useStationStatus();
  const asked = useQuery('intake.settings', {}, ['sources']);
  const [path, setPath] = useState('');
  const [failure, setFailure] = useState<unknown>();

  const work = async (ask: () => Promise<unknown>) => {
    setFailure(undefined);
    try {
      await ask();
      asked.again();
    } catch (error) {
      setFailure(error);
    }
  };
  const watchTyped = (event: FormEvent) => {
    event.preventDefault();
    if (path.trim() === '') return;
    void work(async () => {
      await client.ask('folders.watch', { path: path.trim() });
      setPath('');
    });
  };
  const folders = asked.value?.folders ?? [];
  return (
    <section className="card" aria-label={t('intake.title')}>
      <h2>{t('intake.title')}</h2>
      <Failure failure={asked.failure} retry={asked.again} />
      <Tick
        chosen={asked.value?.auto === true}
        disabled={asked.value === undefined}
        onChange={(auto) => void work(() => client.ask('intake.configure', { auto }))}
      >
        {t('intake.auto')}
      </Tick>
      <p className="help">{t('intake.autoMore')}</p>
      <h3>{t('intake.folders')}</h3>
      <p className="help">{t('intake.foldersMore')}</p>
      <ul className="stack">
        {folders.map(({ folder, name }) => (
          <li key={folder} className="plain-row">
            <FolderSync aria-hidden size={20} />
            <bdi className="card-words">{name}</bdi>
            <Button
              look="quiet"
              icon={X}
              onPress={() => void work(() => client.ask('folders.unwatch', { folder }))}
            >
              {t('intake.unwatch')}
            </Button>
          </li>
        ))}
      </ul>
      {info?.canChoose === true ? (
        <Button icon={FolderPlus} onPress={() => void work(() => client.ask('folders.watch', {}))}>
          {t('intake.watch')}
        </Button>
      ) : (
        <form className="fields" onSubmit={watchTyped} autoComplete="off">
          <Field
            label={t('intake.path')}
            value={path}
            onChange={setPath}
            maxLength={4096}
            help={t('intake.pathHelp')}
          />
          <Button type="submit" icon={FolderPlus} isDisabled={path.trim() === ''}>
            {t('intake.watch')}
          </Button>
        </form>
      )}
      <Failure failure={failure} />
    </section>
  );
}
