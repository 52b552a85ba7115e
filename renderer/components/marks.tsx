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
      <span>{children}</span>
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

/** "12 accepted". */
export function AcceptedCount({ count }: { readonly count: number }) {
  const { t } = useTranslation();
  const [icon, tone] = STATE_MARKS.accepted;
  return (
    <Mark icon={icon} tone={tone}>
      {t('batches.accepted', { count })}
    </Mark>
  );
}

type Beside = Pick<ChangeRow, 'class' | 'refusal' | 'refusalApproved' | 'unusual'>;

/** What is unusual about a change beside its class: what the class says already is not said twice. */
export function unusualBeside({ class: kind, unusual }: Pick<Beside, 'class' | 'unusual'>) {
  return unusual.filter(({ rule }) => rule !== kind);
}

/** What stands beside the class: that the server refuses it, and what is unusual about it. */
export function BesideMarks({ of }: { readonly of: Beside }) {
  const { t } = useTranslation();
  return (
    <>
      {of.refusal === null ? null : (
        <Mark icon={Ban} tone="bad">
          {t(of.refusalApproved ? 'refusal.overruled' : 'refusal.word')}
        </Mark>
      )}
      {unusualBeside(of).map(({ rule, number }) => (
        <Mark key={rule} icon={TriangleAlert} tone="warning">
          {t(`unusual.${rule}.word`, { count: number })}
        </Mark>
      ))}
    </>
  );
}

/** The same as one line of small words, for below a name in a list. */
export function BesideLine({ of }: { readonly of: Beside }) {
  const { t } = useTranslation();
  const refused = of.refusal !== null;
  const words = [
    ...(refused ? [t(of.refusalApproved ? 'refusal.overruled' : 'refusal.word')] : []),
    ...unusualBeside(of).map(({ rule, number }) => t(`unusual.${rule}.word`, { count: number })),
  ].join(', ');
  if (words === '') return null;
  const Icon = refused ? Ban : TriangleAlert;
  return (
    <span className={`beside tone-${refused ? 'bad' : 'warning'}`} title={words}>
      <Icon aria-hidden size={14} /> {words}
    </span>
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
