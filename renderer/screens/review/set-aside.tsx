/** That a batch names another server or database, and what can be done about it: dismiss it, or say that it is ours. */
import { EyeOff, Eye, TriangleAlert } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { BatchDetail } from '../../../shared/review.ts';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { failureSentence } from '../../components/failure.tsx';
import { notify } from '../../hooks/notices.ts';
import { useStationStatus } from '../../hooks/use-station-status.ts';
import { useClient } from '../../hooks/use-query.ts';

export function SetAside({ row }: { readonly row: BatchDetail }) {
  const { t } = useTranslation();
  const client = useClient();
  const { server } = useStationStatus();
  const [asks, setAsks] = useState(false);
  const { batch, aside, namedElsewhere, dismissedAt } = row;
  if (aside === null) return null;
  const named = namedElsewhere ?? '';

  const attempt = (work: () => Promise<void>) => {
    work().catch((failure: unknown) => {
      const { sentence, action } = failureSentence(t, failure);
      notify({ tone: 'bad', text: sentence, more: action });
    });
  };
  const dismiss = (dismissed: boolean) =>
    attempt(async () => {
      await client.ask('batch.dismiss', { batch, dismissed });
      notify({
        tone: 'plain',
        text: t(dismissed ? 'aside.dismissed' : 'aside.restored'),
        undo: () => dismiss(!dismissed),
      });
    });
  const say = (same: boolean) =>
    attempt(async () => {
      await client.ask('server.name', { address: named, same });
      if (same) notify({ tone: 'plain', text: t('aside.sameSaid', { named }), undo: () => say(false) });
    });
  return (
    <div className="flags">
      <div className="hint whose-line tone-warning" role="note">
        <TriangleAlert aria-hidden size={18} />
        <span>
          <strong>{t(`aside.${aside}.word`)}</strong> {t(`aside.${aside}.more`, { named })}
        </span>
        <Button icon={dismissedAt === null ? EyeOff : Eye} onPress={() => dismiss(dismissedAt === null)}>
          {t(dismissedAt === null ? 'aside.dismiss' : 'aside.restore')}
        </Button>
        {aside === 'other-server' && server?.url != null ? (
          <Button look="quiet" onPress={() => setAsks(true)}>
            {t('aside.same')}
          </Button>
        ) : null}
      </div>
      <Dialog title={t('aside.sameConfirm', { named })} open={asks} onClose={() => setAsks(false)}>
        <p>{t('aside.sameMore', { url: server?.url ?? '' })}</p>
        <div className="dialog-actions">
          <Button look="main" onPress={() => setAsks(false)}>
            {t('action.cancel')}
          </Button>
          <Button
            onPress={() => {
              setAsks(false);
              say(true);
            }}
          >
            {t('aside.sameYes')}
          </Button>
        </div>
      </Dialog>
    </div>
  );
}
