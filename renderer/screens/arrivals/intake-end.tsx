/** How an intake ended: one sentence whose numbers add up, what to do next, and what could not be taken. */
import { ArrowRight, CircleCheck, CircleX, Info, TriangleAlert } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { JobEnd } from '../../../shared/contract.ts';
import { useFormat } from '../../hooks/use-format.ts';
import { useWhere } from '../../hooks/use-where.ts';
import { Button } from '../../components/button.tsx';
import { endWords } from '../../components/results.ts';
import { CameLines } from './came.tsx';
import { Problems } from './problems.tsx';
import { SayWhose } from './say-whose.tsx';

const ICONS = { good: CircleCheck, warning: TriangleAlert, bad: CircleX, plain: Info };

interface Props {
  readonly end: JobEnd;
}

export function IntakeEnd({ end }: Props) {
  const { t } = useTranslation();
  const { go } = useWhere();
  const { tone, text, more } = endWords(t, end, useFormat());
  const Icon = ICONS[tone];
  const imports = end.kind === 'imported' ? end.imports : [];
  const batches = imports.flatMap((one) => one.batches);
  const unknown = imports.flatMap(({ outcome, batch, name, user }) =>
    outcome !== 'failed' && batch !== null && user === null ? [{ batch, name }] : [],
  );
  return (
    <div className="result">
      <div className={`result-line tone-${tone}`} role="status">
        <Icon aria-hidden size={24} />
        <p>
          <CameLines imports={imports} />
          {imports.some(({ came }) => came !== null) ? <span>{text}.</span> : <strong>{text}</strong>}
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
      {unknown.length === 0 ? null : <SayWhose dumps={unknown} />}
      <Problems imports={imports} />
    </div>
  );
}
