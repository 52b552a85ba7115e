/**
 * One document with several leaves. The person keeps one, or makes one of several field by field; the others are
 * closed and stay in the ledger. What was looked at goes along with the decision, so that something newer is
 * never closed unseen.
 */
import { ArrowLeft, Check } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLanguage } from '../../hooks/use-language.ts';
import { StationError } from '../../../shared/errors.ts';
import type { FieldLoss } from '../../../shared/losses.ts';
import { useQuery, useClient } from '../../hooks/use-query.ts';
import { useKeys } from '../../hooks/use-keys.ts';
import { useWhere } from '../../hooks/use-where.ts';
import { Button } from '../../components/button.tsx';
import { Failure } from '../../components/failure.tsx';
import { PlaceHead } from '../../components/place-head.tsx';
import { Raw } from '../../components/raw.tsx';
import { Tick } from '../../components/tick.tsx';
import { settledOf } from '../review/decisions.ts';
import { useDecide } from '../review/use-decide.ts';
import { Confirm } from './confirm.tsx';
import { LeafTable, type Choice } from './leaf-table.tsx';
import { leafName } from './leaves.ts';
import { deletesRecord, endingOf, picksOf, shownOf } from './ending.ts';
import { canBePicked, canBeTyped, canGive } from './mix.ts';

const NOTHING: Choice = { keep: null, picks: null };

export function ConflictView({ id }: { readonly id: string }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const client = useClient();
  const { go } = useWhere();
  const { decide } = useDecide();
  const asked = useQuery('conflict.get', { id, language }, ['conflicts', 'batches']);
  const [choice, setChoice] = useState(NOTHING);
  const [confirming, setConfirming] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const [moved, setMoved] = useState(false);
  const conflict = asked.value === undefined ? undefined : shownOf(asked.value);
  const back = () => go({ conflict: null });
  useKeys({ Escape: back });

  // What was looked at is what may be decided on: when the leaves change, the choice is made again.
  const revs = conflict?.leaves.map((leaf) => leaf.rev).join(' ');
  const looked = useRef<string | undefined>(undefined);
  useEffect(() => {
    if (revs === undefined) return;
    if (looked.current !== undefined && looked.current !== revs) {
      setMoved(true);
      setChoice(NOTHING);
      setConfirming(false);
    }
    looked.current = revs;
  }, [revs]);

  const picks = conflict === undefined ? [] : picksOf(conflict, choice);
  const resolve = async (losses: readonly FieldLoss[]) => {
    setConfirming(false);
    const { keep } = choice;
    if (conflict === undefined || keep === null) return;
    setFailure(undefined);
    setMoved(false);
    const seen = conflict.leaves.map((leaf) => leaf.rev);
    try {
      const losing = losses.map(({ path }) => [...path]);
      const ending = endingOf(conflict, { ...choice, keep });
      const deleting = deletesRecord(conflict, ending) ? 1 : 0;
      const settled = await client.ask('conflict.resolve', { id, seen, ...ending, losing, deleting });
      back();
      void decide('settled', () => Promise.resolve(settledOf(client, [settled], conflict.label)));
    } catch (error) {
      if (error instanceof StationError && error.code === 'newer-arrived') {
        setMoved(true);
        setChoice(NOTHING);
        asked.again();
      } else setFailure(error);
    }
  };
  const settled =
    asked.failure instanceof StationError &&
    (asked.failure.code === 'not-in-conflict' || asked.failure.code === 'not-found');
  const mayMix =
    conflict?.fields.some(canBeTyped) === true ||
    (conflict !== undefined &&
      conflict.fields.filter(({ path }) => canBePicked(path)).length > 1 &&
      conflict.leaves.filter((_, index) => canGive(conflict, index)).length > 1);

  return (
    <>
      <PlaceHead
        before={
          <Button look="quiet" icon={ArrowLeft} bare onPress={back}>
            {t('conflict.back')}
          </Button>
        }
        title={<bdi>{conflict?.label ?? t('place.conflicts')}</bdi>}
        about={id}
        under={conflict === undefined ? ' ' : t(`kind.${conflict.kind}`, { defaultValue: conflict.kind })}
      />
      <Failure failure={asked.failure} {...(settled ? {} : { retry: asked.again })} />
      <Failure failure={failure} />
      {moved ? <Failure failure={new StationError('newer-arrived')} /> : null}
      {conflict === undefined || settled ? null : (
        <>
          <p className="lead">{t(conflict.join === null ? 'conflict.about' : 'conflict.aboutJoined')}</p>
          <LeafTable
            conflict={conflict}
            choice={choice}
            onChoose={(next) => {
              setMoved(false);
              setChoice(next);
            }}
          />
          <div className="decide-bar">
            <Button
              look="main"
              icon={Check}
              isDisabled={choice.keep === null}
              onPress={() => setConfirming(true)}
            >
              {t(picks.length > 0 ? 'conflict.keepMix' : 'conflict.keep')}
            </Button>
            {mayMix ? (
              <Tick
                chosen={choice.picks !== null}
                onChange={(on) => setChoice({ ...choice, picks: on ? new Map() : null })}
              >
                {t('conflict.mix')}
              </Tick>
            ) : null}
            <p className="help">{choice.keep === null ? t('conflict.choose') : ''}</p>
          </div>
          {conflict.bodies.map((body, index) => {
            const leaf = conflict.leaves[index];
            return body === null || leaf === undefined ? null : (
              <Raw key={leaf.rev} of={body} title={t('conflict.raw', { name: leafName(t, leaf) })} />
            );
          })}
          <Confirm
            conflict={conflict}
            choice={choice}
            open={confirming}
            onClose={() => setConfirming(false)}
            onConfirm={(losses) => void resolve(losses)}
          />
        </>
      )}
    </>
  );
}
