/** What a reviewer should know of a batch as a whole; where the dump does not say whose it is, the question. */
import { KeyRound, Smartphone, TriangleAlert, UserRound } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { BatchDetail, BatchFlag } from '../../../shared/review.ts';
import { hasNoPassword } from '../../../shared/sign-in-ways.ts';
import { WhoseButton } from '../../components/whose.tsx';
import { useFormat } from '../../hooks/use-format.ts';

const OF_PERSON: ReadonlySet<BatchFlag> = new Set(['unknown-user', 'typed-user', 'file-name-user']);

export function Flags({ row }: { readonly row: BatchDetail }) {
  const { t } = useTranslation();
  const format = useFormat();
  const flags = row.flags.filter((flag) => !OF_PERSON.has(flag));
  const asks = row.mayAssign !== 'named';
  const way = hasNoPassword(row.signsIn) ? row.signsIn : null;
  const received = row.receivedAt;
  const isStale = received !== null && isDayBefore(received, row.takenAt);
  if (flags.length === 0 && !asks && way === null && !isStale) return null;
  return (
    <ul className="flags">
      {asks ? <Whose row={row} /> : null}
      {way === null ? null : (
        <li className="hint">
          <KeyRound aria-hidden size={18} />
          <span>
            <strong>{t(`signsIn.${way}.word`)}</strong> {t(`signsIn.${way}.more`)}
          </span>
        </li>
      )}
      {isStale ? (
        <li className="hint tone-warning">
          <Smartphone aria-hidden size={18} />
          <span>{t('batch.notReceivedSince', { date: format.day(received) })}</span>
        </li>
      ) : null}
      {flags.map((flag) => (
        <li key={flag} className="hint tone-warning">
          <TriangleAlert aria-hidden size={18} />
          <span>
            <strong>{t(`flag.${flag}.word`)}</strong>{' '}
            {t(`flag.${flag}.more`, { user: row.claimedUser ?? '' })}
          </span>
        </li>
      ))}
    </ul>
  );
}

/** A phone that was synchronised at this visit, or since, needs no word. */
function isDayBefore(received: string, taken: string): boolean {
  return Date.parse(taken) - Date.parse(received) > 86_400_000;
}

function Whose({ row }: { readonly row: BatchDetail }) {
  const { t } = useTranslation();
  const { user, mayAssign } = row;
  const flag =
    user === null ? 'unknown-user' : row.flags.includes('file-name-user') ? 'file-name-user' : 'typed-user';
  const Icon = user === null ? TriangleAlert : UserRound;
  return (
    <li className={user === null ? 'hint whose-line tone-warning' : 'hint whose-line'}>
      <Icon aria-hidden size={18} />
      <span>
        <strong>{t(`flag.${flag}.word`)}</strong> {t(`flag.${flag}.more`)}
        {mayAssign === 'sent' ? ` ${t('whose.sent')}` : ''}
      </span>
      <WhoseButton batch={row} />
    </li>
  );
}
