/** One strip for each health worker, from the phone to the receipt: what is still to be done, sending, the paper. */
import { ChevronDown, ChevronRight, ReceiptText, Send, Users } from 'lucide-react';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { OutboxPerson } from '../../../shared/health-workers.ts';
import { RECORD_TOPICS } from '../../hooks/record-topics.ts';
import { useFormat } from '../../hooks/use-format.ts';
import { useQuery } from '../../hooks/use-query.ts';
import { useWhere } from '../../hooks/use-where.ts';
import { Button } from '../../components/button.tsx';
import { Failure } from '../../components/failure.tsx';
import { Opener } from '../../components/opener.tsx';
import { Pager } from '../../components/pager.tsx';
import { ReceiptDialog } from '../../components/receipt.tsx';
import { RecordList } from '../../components/record-list.tsx';
import { partsOf, sendsBy, type OutboxPart } from './strip.ts';

const LIMIT = 10;

interface Props {
  /** Opens the sign-in for one person, or for a station account (`null`), which sends for all. `undefined`: not now. */
  readonly onSend: ((user: string | null) => void) | undefined;
}

export function People({ onSend }: Props) {
  const { t } = useTranslation();
  const [offset, setOffset] = useState(0);
  const [receipt, setReceipt] = useState<string | null>(null);
  const list = useQuery('outbox.people', { offset, limit: LIMIT }, RECORD_TOPICS);
  const rows = list.value?.rows ?? [];
  const canSend = rows.some((row) => row.user !== null && row.records.toSend > 0);
  return (
    <section className="box-list" aria-label={t('outbox.people')}>
      <div className="strips-head">
        <h2>{t('outbox.people')}</h2>
        <Button icon={Users} isDisabled={!canSend || onSend === undefined} onPress={() => onSend?.(null)}>
          {t('outbox.byAccount')}
        </Button>
      </div>
      <Failure failure={list.failure} retry={list.again} />
      {list.value !== undefined && rows.length === 0 ? <p className="help">{t('outbox.nobody')}</p> : null}
      <ul className="today-list">
        {rows.map((row) => (
          <Strip key={row.user ?? ''} of={row} onSend={onSend} onReceipt={setReceipt} />
        ))}
      </ul>
      <Pager offset={offset} limit={LIMIT} total={list.value?.total ?? 0} onMove={setOffset} />
      {receipt === null ? null : <ReceiptDialog batch={receipt} open onClose={() => setReceipt(null)} />}
    </section>
  );
}

interface StripProps extends Props {
  readonly of: OutboxPerson;
  readonly onReceipt: (batch: string) => void;
}

function Strip({ of: { user, name, signsIn, lastVisit, batch, records }, onSend, onReceipt }: StripProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const { go } = useWhere();
  const [opened, setOpened] = useState<OutboxPart | null>(null);
  const id = useId();
  const parts = partsOf(records);
  // What was sent meanwhile is no list any more.
  const part = opened !== null && parts.includes(opened) ? opened : null;
  const way = sendsBy({ user, signsIn, records });
  const who = name ?? user ?? t('batch.unknownUser');
  return (
    <li className="card person-strip">
      <div className="strip-line">
        <span className="past-words strip-who">
          {user === null ? (
            <strong>{who}</strong>
          ) : (
            <Opener onOpen={() => go({ place: 'workers', person: user })}>{who}</Opener>
          )}
          <span className="help">
            {user === null || name === null ? null : <bdi>{user} · </bdi>}
            {lastVisit === null ? t('outbox.sayWhose') : format.moment(lastVisit)}
          </span>
        </span>
        <span className="strip-counts" role="group" aria-label={t('outbox.countsOf', { user: who })}>
          {parts.map((one) => (
            <Button
              key={one}
              look="quiet"
              icon={part === one ? ChevronDown : ChevronRight}
              aria-expanded={part === one}
              aria-controls={id}
              onPress={() => setOpened(part === one ? null : one)}
            >
              {t(`outbox.part.${one}`, { count: records[one] })}
            </Button>
          ))}
        </span>
        <span className="strip-acts">
          {way === null ? null : (
            <Button
              icon={Send}
              aria-label={t('outbox.signInOf', { user: who })}
              isDisabled={onSend === undefined}
              onPress={() => onSend?.(way === 'account' ? null : user)}
            >
              {way === 'account' ? t('signsIn.useAccount') : t('outbox.signInTitle')}
            </Button>
          )}
          {batch === null ? null : (
            <Button
              icon={ReceiptText}
              aria-label={t('outbox.receiptOf', { user: who })}
              onPress={() => onReceipt(batch)}
            >
              {t('receipt.title')}
            </Button>
          )}
        </span>
      </div>
      <div id={id} hidden={part === null}>
        {part === null ? null : <RecordList box={part} label={t(`workers.part.${part}`)} user={user} />}
      </div>
    </li>
  );
}
