/** What the batch holds, class by class; each is also the filter for its class. */
import { useTranslation } from 'react-i18next';
import { ToggleButton } from 'react-aria-components';
import { CLASSES, type ChangeClass, type ClassCounts } from '../../../shared/review.ts';
import { ClassCount } from '../../components/marks.tsx';

interface Props {
  readonly counts: ClassCounts;
  readonly chosen: readonly ChangeClass[];
  readonly onChoose: (classes: readonly ChangeClass[]) => void;
}

export function ClassBar({ counts, chosen, onChoose }: Props) {
  const { t } = useTranslation();
  // A remembered filter may name a class that this batch does not have; it must be possible to take it off.
  const shown = CLASSES.filter((one) => (counts[one] ?? 0) > 0 || chosen.includes(one));
  return (
    <div className="class-bar" role="group" aria-label={t('filter.class')}>
      {shown.map((one) => (
        <ToggleButton
          key={one}
          className="class-toggle"
          isSelected={chosen.includes(one)}
          onChange={(on) =>
            onChoose(CLASSES.filter((other) => (other === one ? on : chosen.includes(other))))
          }
        >
          <ClassCount of={one} count={counts[one] ?? 0} />
        </ToggleButton>
      ))}
    </div>
  );
}
