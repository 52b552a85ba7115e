import { ChevronLeft, ChevronRight } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../hooks/use-format.ts';
import { Button } from './button.tsx';

interface Props {
  readonly offset: number;
  readonly limit: number;
  readonly total: number;
  readonly onMove: (offset: number) => void;
}

/** "1–50 of 320" with a way on and a way back; not there where one page holds everything. */
export function Pager({ offset, limit, total, onMove }: Props) {
  const { t } = useTranslation();
  const format = useFormat();
  if (total <= limit) return null;
  return (
    <nav className="pager" aria-label={t('pager.title')}>
      <Button
        look="quiet"
        icon={ChevronLeft}
        isDisabled={offset === 0}
        onPress={() => onMove(Math.max(0, offset - limit))}
      >
        {t('pager.previous')}
      </Button>
      <span>
        {t('pager.where', {
          first: format.number(offset + 1),
          last: format.number(Math.min(offset + limit, total)),
          total: format.number(total),
        })}
      </span>
      <Button
        look="quiet"
        icon={ChevronRight}
        isDisabled={offset + limit >= total}
        onPress={() => onMove(offset + limit)}
      >
        {t('pager.next')}
      </Button>
    </nav>
  );
}
