/** The one server of this station: its address, and whether it answers. */
import { CircleCheck, CircleX, Info, RefreshCw } from 'lucide-react';
import { useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { ServerInfo } from '../../../shared/contract.ts';
import { useClient } from '../../hooks/use-query.ts';
import { useFormat } from '../../hooks/use-format.ts';
import { useStationStatus } from '../../hooks/use-station-status.ts';
import { Button } from '../../components/button.tsx';
import { Failure, failureSentence, sentenceIn } from '../../components/failure.tsx';
import { HelpLink } from '../../components/help-pages.tsx';
import { Field } from '../../components/field.tsx';
import { StationError } from '../../../shared/errors.ts';

export function ServerCard() {
  const { t } = useTranslation();
  const client = useClient();
  const { server } = useStationStatus();
  const [address, setAddress] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const [newest, setNewest] = useState<ServerInfo | null>(null);
  const shown = newest?.url === server?.url ? (newest ?? server) : server;

  const work = async (ask: () => Promise<ServerInfo>) => {
    setBusy(true);
    setFailure(undefined);
    try {
      setNewest(await ask());
      setAddress(null);
    } catch (error) {
      setFailure(error);
    } finally {
      setBusy(false);
    }
  };
  const save = (event: FormEvent) => {
    event.preventDefault();
    const url = (address ?? server?.url ?? '').trim();
    if (url !== '') void work(() => client.ask('server.set', { url }));
  };
  const unname = (name: string) => void work(() => client.ask('server.name', { address: name, same: false }));
  const check = () => void work(() => client.ask('server.check', {}));
  const aboutAddress =
    failure instanceof StationError && ['bad-url', 'insecure-url', 'server-fixed'].includes(failure.code)
      ? failureSentence(t, failure)
      : null;
  return (
    <section className="card" aria-label={t('server.title')}>
      <h2>{t('server.title')}</h2>
      <form className="fields" onSubmit={save} autoComplete="off" noValidate>
        <Field
          label={t('server.address')}
          value={address ?? shown?.url ?? ''}
          onChange={(text) => {
            setAddress(text);
            setFailure(undefined);
          }}
          type="url"
          maxLength={2000}
          placeholder="https://cht.example.org"
          {...(aboutAddress === null ? {} : { error: `${aboutAddress.sentence} ${aboutAddress.action}` })}
        />
        <Button type="submit" isDisabled={busy || address === null || address.trim() === (shown?.url ?? '')}>
          {t('server.save')}
        </Button>
      </form>
      {aboutAddress === null ? <Failure failure={failure} /> : null}
      {shown == null ? null : <Reached server={shown} />}
      {shown == null || shown.otherNames.length === 0 ? null : (
        <div>
          <p className="help">{t('server.otherNames')}</p>
          <ul>
            {shown.otherNames.map((name) => (
              <li key={name}>
                <Button look="quiet" isDisabled={busy} onPress={() => unname(name)}>
                  {t('server.unname', { address: name })}
                </Button>
              </li>
            ))}
          </ul>
        </div>
      )}
      {shown?.url == null ? null : <p className="help">{t('server.monitoring')}</p>}
      {shown?.url == null ? null : (
        <Button icon={RefreshCw} isDisabled={busy} onPress={check}>
          {busy ? t('server.checking') : t('server.check')}
        </Button>
      )}
    </section>
  );
}

function Reached({ server }: { readonly server: ServerInfo }) {
  const { t } = useTranslation();
  const format = useFormat();
  const when = server.checkedAt === null ? '' : t('server.checked', { ago: format.ago(server.checkedAt) });
  if (server.url === null) {
    return (
      <p className="hint">
        <Info aria-hidden size={20} />
        <span>{t('server.none')}</span>
      </p>
    );
  }
  if (server.reachable === null) {
    return (
      <p className="hint" role="status">
        <Info aria-hidden size={20} />
        <span>{t('server.notChecked')}</span>
      </p>
    );
  }
  if (server.reachable) {
    return (
      <p className="hint tone-good" role="status">
        <CircleCheck aria-hidden size={20} />
        <span>
          <strong>
            {server.version === null
              ? t('server.reachableUnknown')
              : t('server.reachable', { version: server.version })}
          </strong>{' '}
          {when}
        </span>
      </p>
    );
  }
  const why = sentenceIn(t, server.error ?? 'offline');
  return (
    <p className="hint tone-bad" role="status">
      <CircleX aria-hidden size={20} />
      <span>
        <strong>{why.sentence}</strong> {why.action} {when}
      </span>
      <HelpLink code={server.error ?? 'offline'} />
    </p>
  );
}
