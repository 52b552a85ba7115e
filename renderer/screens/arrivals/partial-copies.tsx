/** What was pulled out in the middle: how much is safe, and that the rest comes by itself. */
import { Hourglass, X } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { PartialCopy } from '../../../shared/sources.ts';
import { notify } from '../../hooks/notices.ts';
import { useClient } from '../../hooks/use-query.ts';
import { useFormat } from '../../hooks/use-format.ts';
import { Button } from '../../components/button.tsx';
import { failureSentence } from '../../components/failure.tsx';

export function PartialCopyList({ partialCopies }: { readonly partialCopies: readonly PartialCopy[] }) {
  const { t } = useTranslation();
  if (partialCopies.length === 0) return null;
  return (
    <section className="card" aria-label={t('partialCopy.title')}>
      <h2>{t('partialCopy.title')}</h2>
      <p>{t('partialCopy.about')}</p>
      <ul className="stack">
        {partialCopies.map((one) => (
          <PartialCopyRow key={one.id} one={one} />
        ))}
      </ul>
    </section>
  );
}

function PartialCopyRow({ one }: { readonly one: PartialCopy }) {
  const { t } = useTranslation();
  const format = useFormat();
  const client = useClient();
  const leave = async () => {
    try {
      await client.ask('sources.discard', { id: one.id });
    } catch (failure) {
      const { sentence, action } = failureSentence(t, failure);
      notify({ tone: 'bad', text: sentence, more: action });
    }
  };
  return (
    <li className="plain-row">
      <Hourglass aria-hidden size={20} />
      <span className="card-words">
        <strong>
          <bdi>{one.source === '' ? t(`arrivals.kind.${one.kind}`) : one.source}</bdi>
        </strong>{' '}
        <bdi>{one.file}</bdi>
      </span>
      <span className="help number">
        {t('partialCopy.safe', { done: format.bytes(one.copied), total: format.bytes(one.bytes) })}
      </span>
      <Button look="quiet" icon={X} onPress={() => void leave()}>
        {t('partialCopy.discard')}
      </Button>
    </li>
  );
}
