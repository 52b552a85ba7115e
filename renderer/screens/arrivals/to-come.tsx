/** What was pulled out in the middle: how much is safe, and that the rest comes by itself. */
import { Hourglass, X } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { PartialCopy } from '../../../shared/sources.ts';
import { notify } from '../../hooks/notices.ts';
import { useClient } from '../../hooks/use-query.ts';
import { useFormat } from '../../hooks/use-format.ts';
import { Button } from '../../components/button.tsx';
import { failureSentence } from '../../components/failure.tsx';

export function ToComeList({ toCome }: { readonly toCome: readonly PartialCopy[] }) {
  const { t } = useTranslation();
  if (toCome.length === 0) return null;
  return (
    <section className="card to-come" aria-label={t('toCome.title')}>
      <h2>{t('toCome.title')}</h2>
      <p>{t('toCome.about')}</p>
      <ul className="stack">
        {toCome.map((one) => (
          <ToComeRow key={one.id} one={one} />
        ))}
      </ul>
    </section>
  );
}

function ToComeRow({ one }: { readonly one: PartialCopy }) {
  const { t } = useTranslation();
  const format = useFormat();
  const client = useClient();
  const leave = async () => {
    try {
      await client.ask('sources.leave', { id: one.id });
    } catch (failure) {
      const { sentence, action } = failureSentence(t, failure);
      notify({ tone: 'bad', text: sentence, more: action });
    }
  };
  return (
    <li className="to-come-row">
      <Hourglass aria-hidden size={20} />
      <span className="card-words">
        <strong>
          <bdi>{one.source === '' ? t(`arrivals.kind.${one.kind}`) : one.source}</bdi>
        </strong>{' '}
        <bdi>{one.file}</bdi>
      </span>
      <span className="help number">
        {t('toCome.safe', { done: format.bytes(one.copied), total: format.bytes(one.bytes) })}
      </span>
      <Button look="quiet" icon={X} onPress={() => void leave()}>
        {t('toCome.leave')}
      </Button>
    </li>
  );
}
