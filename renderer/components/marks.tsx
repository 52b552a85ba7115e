/** The class and the state of a change, as icon + word + colour: the colour never stands alone. */
import {
  Ban,
  Check,
  CheckCheck,
  CircleDashed,
  CircleHelp,
  CircleSlash,
  Copy,
  Equal,
  FileWarning,
  GitFork,
  History,
  Hourglass,
  Pause,
  Pencil,
  Plus,
  Replace,
  Send,
  Trash2,
  TriangleAlert,
  type LucideIcon,
} from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { ChangeClass, ChangeRow, ChangeState } from '../../shared/review.ts';
import { isDecidable } from './decidable.ts';

type Tone = 'good' | 'warning' | 'bad' | 'plain' | 'accent';

const CLASS_MARKS: Readonly<Record<ChangeClass, readonly [LucideIcon, Tone]>> = {
  contradiction: [Equal, 'bad'],
  conflict: [GitFork, 'warning'],
  unplaced: [CircleHelp, 'warning'],
  broken: [FileWarning, 'bad'],
  deletion: [Trash2, 'warning'],
  update: [Pencil, 'accent'],
  new: [Plus, 'accent'],
  unchecked: [CircleDashed, 'plain'],
  older: [History, 'plain'],
  same: [Copy, 'plain'],
  'never-sent': [CircleSlash, 'plain'],
};

const STATE_MARKS: Readonly<Record<ChangeState, readonly [LucideIcon, Tone]>> = {
  open: [Hourglass, 'plain'],
  approved: [Check, 'accent'],
  held: [Pause, 'warning'],
  sent: [Send, 'plain'],
  accepted: [CheckCheck, 'good'],
  superseded: [Replace, 'plain'],
  closed: [CircleSlash, 'plain'],
};

function Mark({ icon: Icon, tone, children }: { icon: LucideIcon; tone: Tone; children: string }) {
  return (
    <span className={`mark tone-${tone}`}>
      <Icon aria-hidden size={16} />
      {children}
    </span>
  );
}

/** What a change is; of one that the server has accepted, what it was when it came. */
export function ClassMark({ of }: { of: Pick<ChangeRow, 'class' | 'state'> }) {
  const { t } = useTranslation();
  const [icon, tone] = CLASS_MARKS[of.class];
  const accepted = of.state === 'accepted';
  return (
    <Mark icon={icon} tone={accepted ? 'plain' : tone}>
      {t(`class.${of.class}.${accepted ? 'was' : 'word'}`)}
    </Mark>
  );
}

/** "12 new": a class with its number. */
export function ClassCount({ of, count }: { of: ChangeClass; count: number }) {
  const { t } = useTranslation();
  const [icon, tone] = CLASS_MARKS[of];
  return (
    <Mark icon={icon} tone={tone}>
      {t(`class.${of}.count`, { count })}
    </Mark>
  );
}

interface BesideProps {
  readonly of: Pick<ChangeRow, 'class' | 'refusal' | 'refusalApproved' | 'unusual'>;
  /** Only the first unusual thing: the panel tells the rest. */
  readonly brief?: boolean;
}

/** What stands beside the class: that the server refuses it, and what is unusual about it. */
export function BesideMarks({ of, brief = false }: BesideProps) {
  const { t } = useTranslation();
  // What the class says already is not said twice.
  const unusual = of.unusual.filter(({ rule }) => rule !== of.class);
  return (
    <>
      {of.refusal === null ? null : (
        <Mark icon={Ban} tone="bad">
          {t(of.refusalApproved ? 'refusal.overruled' : 'refusal.word')}
        </Mark>
      )}
      {unusual.slice(0, brief ? 1 : undefined).map(({ rule, number }) => (
        <Mark key={rule} icon={TriangleAlert} tone="warning">
          {t(`unusual.${rule}.word`, { count: number })}
        </Mark>
      ))}
    </>
  );
}

interface StateProps {
  readonly of: ChangeState;
  readonly class: ChangeClass;
}

export function StateMark({ of, class: kind }: StateProps) {
  const { t } = useTranslation();
  // Nobody has to decide on what the server has or never takes, though nobody has decided on it either.
  if (of === 'open' && !isDecidable(kind)) return <span className="help">{t('state.nothing')}</span>;
  const [icon, tone] = STATE_MARKS[of];
  return (
    <Mark icon={icon} tone={tone}>
      {t(`state.${of}`)}
    </Mark>
  );
}
