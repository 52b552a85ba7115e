/** The phones that were read here and are not plugged in now: their news can be fetched meanwhile. */
import { useTranslation } from 'react-i18next';
import { FetchNews, NewsAge, useParcels } from './parcel.tsx';

interface Props {
  /** Whose phones are plugged in: they have a card of their own. */
  readonly here: readonly string[];
  readonly disabled: boolean;
  readonly onFetching: (job: string) => void;
}

export function KnownPhones({ here, disabled, onFetching }: Props) {
  const { t } = useTranslation();
  const away = (useParcels()?.phones ?? []).filter(({ user }) => !here.includes(user));
  if (away.length === 0) return null;
  return (
    <section className="card" aria-label={t('phone.known')}>
      <h3>{t('phone.known')}</h3>
      <p className="help">{t('phone.knownMore')}</p>
      <ul className="phone-list">
        {away.map(({ user }) => (
          <li key={user} className="phone-people">
            <NewsAge user={user} />
            <FetchNews user={user} disabled={disabled} onFetching={onFetching} />
          </li>
        ))}
      </ul>
    </section>
  );
}

/** On a batch: for its person's phone, where one was read here. */
export function NewsOf({ user }: { readonly user: string }) {
  const isKnown = useParcels()?.phones.some((one) => one.user === user) === true;
  return isKnown ? <FetchNews user={user} disabled={false} /> : null;
}
