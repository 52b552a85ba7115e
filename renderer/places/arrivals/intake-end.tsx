/** How an intake ended: one sentence whose numbers add up, what to do next, and what could not be taken. */
import { ArrowRight, CircleCheck, CircleX, Info, TriangleAlert } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { JobEnd } from '../../../shared/contract.ts';
import { useWhere } from '../../hooks/use-where.ts';
import { Button } from '../../parts/button.tsx';
import { endWords } from '../../parts/results.ts';
import { Problems } from './problems.tsx';
import { SayWhose, type Whose } from './say-whose.tsx';

const ICONS = { good: CircleCheck, warning: TriangleAlert, bad: CircleX, plain: Info };

interface Props {
  readonly end: JobEnd;
  /** Takes the named files again, with what the clerk says about them. */
  readonly onSay: (names: readonly string[], whose: Whose) => void;
  /** The clerk had said whose the dumps are. */
  readonly said: boolean;
}

export function IntakeEnd({ end, onSay, said }: Props) {
  const { t } = useTranslation();
  const { go } = useWhere();
  const { tone, text, more } = endWords(t, end);
  const Icon = ICONS[tone];
  const imports = end.kind === 'imported' ? end.imports : [];
  const batches = imports.flatMap((one) => one.batches);
  const unknown = imports.filter(
    (one) => one.outcome !== 'failed' && one.batch !== null && one.user === null,
  );
  return (
    <div className="result">
      <div className={`result-line tone-${tone}`} role="status">
        <Icon aria-hidden size={24} />
        <p>
          <strong>{text}</strong>
          {more === undefined ? null : <span> {more}</span>}
        </p>
        {batches.length === 0 ? null : (
          <Button
            look="main"
            icon={ArrowRight}
            onPress={() =>
              go({ place: 'review', batch: batches.length === 1 ? (batches[0] ?? null) : null, change: null })
            }
          >
            {t('arrivals.review')}
          </Button>
        )}
      </div>
      {unknown.length === 0 ? null : (
        <SayWhose names={unknown.map((one) => one.name)} said={said} onSay={onSay} />
      )}
      <Problems imports={imports} />
    </div>
  );
}
