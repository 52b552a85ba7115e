/** One change beside the list: what it is, what it changes, its photos, and the decision on it. */
import {
  Check,
  ChevronDown,
  ChevronUp,
  Columns2,
  GitFork,
  Info,
  Layers,
  Pause,
  RefreshCw,
  RotateCcw,
  SearchCheck,
  Send,
  TriangleAlert,
  X,
} from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import { StationError } from '../../../shared/errors.ts';
import type { ChangeDetail } from '../../../shared/review.ts';
import { useQuery, useClient } from '../../hooks/use-query.ts';
import { useFormat } from '../../hooks/use-format.ts';
import { useKeys } from '../../hooks/use-keys.ts';
import { useWhere } from '../../hooks/use-where.ts';
import { Button } from '../../components/button.tsx';
import { Failure } from '../../components/failure.tsx';
import { BesideMarks, ClassMark, StateMark, unusualBeside } from '../../components/marks.tsx';
import { Pictures } from '../../components/pictures.tsx';
import { Raw } from '../../components/raw.tsx';
import { joinInWords } from '../../../shared/join-words.ts';
import { useLanguage } from '../../hooks/use-language.ts';
import { isGuessed } from '../../../shared/refusals.ts';
import { reasonText } from '../../components/reason.ts';
import { AskFirst } from './ask-first.tsx';
import { CompareAs } from './compare.tsx';
import { ChooseDialog } from './choose-dialog.tsx';
import {
  approveThese,
  chooseThis,
  holdThese,
  rebaseThis,
  releaseThese,
  type Choice,
  type Decision,
} from './decisions.ts';
import { filesIn } from '../../components/record-table.tsx';
import { isWhole, Said, Subjects } from './said.tsx';
import { HoldDialog } from './hold-dialog.tsx';
import { RebaseDialog } from './rebase-dialog.tsx';
import { useDecide, type Verb } from './use-decide.ts';
import { waysOf } from './ways.ts';

interface Told {
  /** Approved or held: the next one may come. */
  readonly onDecided: () => void;
  /** From now on the record stands under this revision: one of several contents was chosen. */
  readonly onRevision: (rev: string) => void;
}

interface Props extends Told {
  readonly id: string;
  readonly rev: string;
  readonly onClose: () => void;
  readonly onStep: (by: number) => void;
}

interface BodyProps extends Told {
  readonly change: ChangeDetail;
}

export function ChangePanel({ id, rev, onClose, onStep, ...told }: Props) {
  const { t } = useTranslation();
  const language = useLanguage();
  const detail = useQuery('change.get', { id, rev, language }, ['batches', 'outbox', 'conflicts']);
  // In another language it is the same record: what was begun with it goes on.
  const isSame = detail.value?.id === id && detail.value.rev === rev;
  const change = detail.current || isSame ? detail.value : undefined;
  const gone = detail.failure instanceof StationError && detail.failure.code === 'not-found';
  return (
    <aside className="panel" aria-label={t('change.title')}>
      <header className="panel-head">
        <Heading change={change} />
        <Button look="quiet" icon={ChevronUp} bare onPress={() => onStep(-1)}>
          {t('change.previous')}
        </Button>
        <Button look="quiet" icon={ChevronDown} bare onPress={() => onStep(1)}>
          {t('change.next')}
        </Button>
        <Button look="quiet" icon={X} bare onPress={onClose}>
          {t('action.close')}
        </Button>
      </header>
      <Failure failure={detail.failure} {...(gone ? {} : { retry: detail.again })} />
      {change === undefined || gone ? null : <Body change={change} {...told} />}
    </aside>
  );
}

function Heading({ change }: { readonly change: ChangeDetail | undefined }) {
  const heading = useRef<HTMLHeadingElement>(null);
  const [wasTable] = useState(() => document.activeElement?.matches('[data-changes]') === true);
  useEffect(() => {
    // From the list by key the focus stays in the list, so that the arrows go on; from elsewhere it comes here.
    if (!wasTable) heading.current?.focus({ preventScroll: true });
  }, [wasTable]);
  return (
    <h2 ref={heading} tabIndex={-1}>
      <bdi>{change === undefined ? '' : headingOf(change)}</bdi>
    </h2>
  );
}

/** What it is and about whom; people and places go by their names. */
function headingOf({ kind, label, shown }: ChangeDetail): string {
  if (shown === null || (kind !== 'report' && kind !== 'task')) return label;
  const { subject } = shown.about;
  return subject === null ? shown.title : `${shown.title} · ${subject}`;
}

/** What the class says of the server holds until it has accepted the record. */
function moreAbout({ state, class: kind, deleted }: ChangeDetail, t: TFunction): string {
  if (state !== 'accepted') return t(`class.${kind}.more`);
  return t(deleted ? 'state.deletionAccepted' : 'state.acceptedMore');
}

function Body({ change, ...told }: BodyProps) {
  const { t, i18n } = useTranslation();
  const language = useLanguage();
  const format = useFormat();
  const reason = reasonText(t, i18n, change.reason);
  const { shown } = change;
  const inPlace = new Set(shown === null || !isWhole(change) ? [] : filesIn(shown));
  const files = change.attachmentList.filter(({ name }) => !inPlace.has(name));
  return (
    <>
      <Decisions change={change} {...told} />
      <div className="panel-body">
        <p>
          {moreAbout(change, t)} {reason === null ? null : <bdi>{reason}</bdi>}
        </p>
        {change.join === null ? null : (
          <p>
            <bdi>{joinInWords(change.join.fields, language)}</bdi>
          </p>
        )}
        {change.refusal === null ? null : (
          <p className="hint tone-bad">
            <TriangleAlert aria-hidden size={18} />
            <span>
              {t(isGuessed(change.refusal) ? 'refusal.guess' : 'refusal.more')}{' '}
              <bdi>{reasonText(t, i18n, change.refusal, change.size)}</bdi>
            </span>
          </p>
        )}
        {change.notes.map((note) => (
          <p key={note} className="hint">
            <Info aria-hidden size={18} />
            <span>{t(`recordNote.${note}`)}</span>
          </p>
        ))}
        {unusualBeside(change).map(({ rule, number }) => (
          <p key={rule} className="hint tone-warning">
            <TriangleAlert aria-hidden size={18} />
            <span>{t(`unusual.${rule}.more`, { count: number, user: change.user ?? '' })}</span>
          </p>
        ))}
        {change.heldReason === null ? null : (
          <p className="hint tone-warning">
            <Pause aria-hidden size={18} />
            <span>
              {t('change.held')} <bdi>{change.heldReason}</bdi>
            </span>
          </p>
        )}
        <dl className="facts-line">
          <div>
            <dt>{t('change.kind')}</dt>
            <dd>
              {t(`kind.${change.kind}`, { defaultValue: change.kind })}
              {shown === null || shown.form === 'none' ? null : (
                <>
                  {' '}
                  <bdi className="help">{shown.title}</bdi>
                </>
              )}
            </dd>
          </div>
          <Subjects of={change} />
          <div>
            <dt>{t('change.who')}</dt>
            <dd>
              <bdi>{change.user ?? t('batch.unknownUser')}</bdi>{' '}
              <bdi className="help">{change.device ?? t('batch.unknownDevice')}</bdi>
            </dd>
          </div>
          <div>
            <dt>{t('change.when')}</dt>
            <dd>{change.reportedAt === null ? t('change.noDate') : format.moment(change.reportedAt)}</dd>
          </div>
        </dl>
        {files.length === 0 ? null : (
          <section>
            <h3>{t('change.attachments', { count: files.length })}</h3>
            <Pictures id={change.id} rev={change.rev} attachments={files} />
          </section>
        )}
        <Said change={change} />
        <section>
          <h3>{t('change.history')}</h3>
          <p className="help">
            {change.historyComplete
              ? t('change.versions', { count: change.history.length })
              : t('change.historyCut', { count: change.history.length })}
          </p>
        </section>
        <Raw of={change.raw} />
      </div>
    </>
  );
}

function Decisions({ change, onDecided, onRevision }: BodyProps) {
  const { t } = useTranslation();
  const client = useClient();
  const { go } = useWhere();
  const { busy, decide } = useDecide();
  const [holding, setHolding] = useState(false);
  const [rebasing, setRebasing] = useState(false);
  const [asking, setAsking] = useState(false);
  const [comparing, setComparing] = useState(false);
  const [choosing, setChoosing] = useState(false);
  const { may, batch, id, difference } = change;
  const on = difference.from?.origin === 'server' ? difference.from.rev : null;

  const run = async (verb: Verb, work: () => Promise<Decision>) => {
    const done = await decide(verb, work);
    if (done && (verb === 'approved' || verb === 'held')) onDecided();
  };
  const choose = async (choice: Choice) => {
    const chosen = await chooseThis(client, choice);
    if (chosen.rev !== null) onRevision(chosen.rev);
    return chosen;
  };
  const deleting = change.deleted ? 1 : 0;
  const unplaced = change.class === 'unplaced' ? 1 : 0;
  const approve = () =>
    void run('approved', () =>
      approveThese(client, batch, [id], { refused: change.refusal !== null, deleting, unplaced }),
    );
  const { first: way, asItIs, asked } = waysOf(change, { on: on !== null });
  const [mainly] = asked;
  const WAYS = {
    settle: {
      icon: GitFork,
      text: t('change.toConflicts'),
      act: () => go({ place: 'conflicts', conflict: id }),
    },
    choose: { icon: Columns2, text: t('contents.open'), act: () => setChoosing(true) },
    check: {
      icon: SearchCheck,
      text: t('refused.again'),
      act: () => go({ place: 'outbox', box: 'refused', check: change.user ?? '' }),
    },
    rebase: { icon: Layers, text: t('action.rebase'), act: () => setRebasing(true) },
    compare: {
      icon: RefreshCw,
      text: change.user === null ? t('compare.start') : t('compare.asOwner', { user: change.user }),
      act: () => setComparing(true),
    },
    approve: {
      icon: Check,
      text: t('action.approve'),
      act: () => (mainly === undefined ? approve() : setAsking(true)),
    },
  } as const;
  // The safe way first; the key does what the first button does.
  const first = way === null ? null : WAYS[way];
  useKeys({
    ...(first !== null && !busy ? { a: first.act } : {}),
    ...(may.hold && !busy ? { h: () => setHolding(true) } : {}),
  });
  return (
    <div className="panel-decisions">
      {first === null ? null : (
        <Button look="main" icon={first.icon} isDisabled={busy} onPress={first.act}>
          {first.text}
        </Button>
      )}
      {may.hold ? (
        <Button icon={Pause} isDisabled={busy} onPress={() => setHolding(true)}>
          {t('action.hold')}
        </Button>
      ) : null}
      {may.release ? (
        <Button
          icon={RotateCcw}
          isDisabled={busy}
          onPress={() => void run('released', () => releaseThese(client, batch, [id]))}
        >
          {t('action.release')}
        </Button>
      ) : null}
      {may.try ? (
        <Button icon={Send} isDisabled={busy} onPress={approve}>
          {t('refused.try')}
        </Button>
      ) : null}
      {asItIs ? (
        <Button look="quiet" icon={Send} isDisabled={busy} onPress={() => setAsking(true)}>
          {t('ask.asItIs')}
        </Button>
      ) : null}
      <p className="marks">
        <ClassMark of={change} />
        <BesideMarks of={change} />
        <StateMark of={change.state} class={change.class} />
      </p>
      {mainly === undefined ? null : (
        <AskFirst
          title={t(`ask.title.${mainly}`)}
          names={[change.label]}
          confirm={t(asItIs ? 'ask.asItIs' : 'action.approve')}
          open={asking}
          onClose={() => setAsking(false)}
          onConfirm={approve}
        >
          {asked.map((about) => (
            <p key={about}>{t(`ask.will.${about}`, { user: change.user ?? t('batch.unknownUser') })}</p>
          ))}
        </AskFirst>
      )}
      <HoldDialog
        count={1}
        open={holding}
        onClose={() => setHolding(false)}
        onHold={(reason) => void run('held', () => holdThese(client, batch, [id], reason))}
      />
      <RebaseDialog
        open={rebasing}
        deletes={change.deleted ? change.label : null}
        onClose={() => setRebasing(false)}
        onRebase={() =>
          on === null
            ? undefined
            : void run('rebased', () => rebaseThis(client, { id, rev: change.rev, on, deleting }))
        }
      />
      <ChooseDialog
        id={id}
        rev={change.rev}
        open={choosing}
        onClose={() => setChoosing(false)}
        onChoose={(choice) => void run('chosen', () => choose(choice))}
      />
      <CompareAs owner={change.user} open={comparing} onClose={() => setComparing(false)} />
    </div>
  );
}
