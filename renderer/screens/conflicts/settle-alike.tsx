/** Conflicts that are about nothing (shared/conflict-likes.ts), settled together: never without a person, each undone like any other. */
import { CheckCheck, Square } from 'lucide-react';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { CONFLICT_LIKES, type ConflictLike, type ListedConflict } from '../../../shared/review.ts';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { Names } from '../../components/names.tsx';
import { useClient } from '../../hooks/use-query.ts';
import { settledOf } from '../review/decisions.ts';
import { useDecide } from '../review/use-decide.ts';
import { settleOne } from './settle-one.ts';

export function SettleAlike({ rows }: { readonly rows: readonly ListedConflict[] }) {
  const { t } = useTranslation();
  const client = useClient();
  const { busy, decide } = useDecide();
  const [asking, setAsking] = useState<ConflictLike | null>(null);
  const [done, setDone] = useState<{ readonly of: number; readonly at: number } | null>(null);
  const stopped = useRef(false);
  const alike = (like: ConflictLike) => rows.filter((row) => row.like === like);
  const settle = async (like: ConflictLike) => {
    const all = alike(like);
    setAsking(null);
    stopped.current = false;
    await decide('settledMany', async () => {
      const settled = [];
      for (const [at, row] of all.entries()) {
        if (stopped.current) break;
        setDone({ of: all.length, at });
        const one = await settleOne(client, row);
        if (one !== null) settled.push(one);
      }
      return settledOf(client, settled, t(`conflicts.like.${like}`));
    });
    setDone(null);
  };
  const offered = CONFLICT_LIKES.filter((like) => alike(like).length > 0);
  if (offered.length === 0 && done === null) return null;
  return (
    <div className="decide-bar" role="group" aria-label={t('conflicts.alike')}>
      {done === null
        ? offered.map((like) => (
            <Button key={like} icon={CheckCheck} isDisabled={busy} onPress={() => setAsking(like)}>
              {t('conflicts.settle', { count: alike(like).length, what: t(`conflicts.like.${like}`) })}
            </Button>
          ))
        : null}
      {done === null ? null : (
        <>
          <span role="status">{t('conflicts.settling', { at: done.at + 1, of: done.of })}</span>
          <Button icon={Square} onPress={() => (stopped.current = true)}>
            {t('action.stop')}
          </Button>
        </>
      )}
      {asking === null ? null : (
        <Dialog title={t(`conflicts.like.${asking}`)} open onClose={() => setAsking(null)}>
          <p>{t(`conflicts.likeMore.${asking}`)}</p>
          <Names names={alike(asking).map(({ label }) => label)} records={alike(asking).length} />
          <div className="dialog-actions">
            <Button onPress={() => setAsking(null)}>{t('action.cancel')}</Button>
            <Button look="main" icon={CheckCheck} onPress={() => void settle(asking)}>
              {t('conflicts.settleYes', { count: alike(asking).length })}
            </Button>
          </div>
        </Dialog>
      )}
    </div>
  );
}
