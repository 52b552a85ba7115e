import { Ban, CheckCheck, FileWarning, Hourglass, Pause, Send, type LucideIcon } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../hooks/use-format.ts';
import { useStationStatus } from '../../hooks/use-station-status.ts';
import { BOXES } from '../../../shared/upload.ts';
import { useWhere, type Box } from '../../hooks/use-where.ts';

const ICONS: Readonly<Record<Box, LucideIcon>> = {
  waiting: Hourglass,
  unproven: Send,
  accepted: CheckCheck,
  refused: Ban,
  held: Pause,
  broken: FileWarning,
};
const TONES: Readonly<Record<Box, string>> = {
  waiting: 'accent',
  unproven: 'warning',
  accepted: 'good',
  refused: 'bad',
  held: 'warning',
  broken: 'bad',
};

/** Six boxes with a number each; the chosen one shows what is in it. */
export function Boxes() {
  const { t } = useTranslation();
  const format = useFormat();
  const { status } = useStationStatus();
  const { where, go } = useWhere();
  return (
    <div className="boxes" role="group" aria-label={t('outbox.boxes')}>
      {BOXES.map((box) => {
        const Icon = ICONS[box];
        const count = status?.outbox[box] ?? 0;
        return (
          <button
            key={box}
            type="button"
            className={`box tone-${count > 0 ? TONES[box] : 'plain'}`}
            aria-pressed={where.box === box}
            onClick={() => go({ box })}
          >
            <span className="box-number">
              <Icon aria-hidden size={20} />
              {status === undefined ? '' : format.number(count)}
            </span>
            <span className="box-word">{t(`box.${box}.word`)}</span>
          </button>
        );
      })}
    </div>
  );
}
