/** What the batch holds, class by class, and what of it is accepted; each is also the filter for what it counts. */
import { useTranslation } from 'react-i18next';
import { ToggleButton } from 'react-aria-components';
import { CLASSES, type BatchRow } from '../../../shared/review.ts';
import type { ChangeFilters } from '../../hooks/preferences.ts';
import { AcceptedCount, ClassCount } from '../../components/marks.tsx';
import { acceptedIn, pendingIn } from './class-counts.ts';

interface Props {
  readonly row: Pick<BatchRow, 'counts' | 'acceptedCounts'>;
  readonly filters: ChangeFilters;
  readonly onChoose: (chosen: Pick<ChangeFilters, 'classes' | 'accepted'>) => void;
}

export function ClassBar({ row, filters: { classes, accepted }, onChoose }: Props) {
  const { t } = useTranslation();
  const done = acceptedIn(row);
  // A remembered filter may name a class that this batch does not have; it must be possible to take it off.
  const shown = CLASSES.filter((one) => pendingIn(row, one) > 0 || classes.includes(one));
  return (
    <div className="class-bar" role="group" aria-label={t('filter.class')}>
      {shown.map((one) => (
        <ToggleButton
          key={one}
          className="class-toggle"
          isSelected={classes.includes(one)}
          onChange={(on) =>
            onChoose({
              classes: CLASSES.filter((other) => (other === one ? on : classes.includes(other))),
              accepted: false,
            })
          }
        >
          <ClassCount of={one} count={pendingIn(row, one)} />
        </ToggleButton>
      ))}
      {done > 0 || accepted ? (
        <ToggleButton
          className="class-toggle"
          isSelected={accepted}
          onChange={(on) => onChoose({ classes: [], accepted: on })}
        >
          <AcceptedCount count={done} />
        </ToggleButton>
      ) : null}
    </div>
  );
}
