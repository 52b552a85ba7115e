/** What the clerk chose on the cards before the import: what stays behind, and whose an export is. */
import { useMemo, useState } from 'react';
import type { Job } from '../../../shared/contract.ts';
import type { Intake, Take } from '../../hooks/intakes.ts';
import { runs } from '../../hooks/jobs.ts';
import { bySource, type Card } from './cards.ts';
import { NOBODY, type Whose } from './say-whose.tsx';

/** Of one card. */
export interface CardChoices {
  /** Keys of the exports that are not to be imported now. */
  readonly left: ReadonlySet<string>;
  /** `null`: nobody asked to enter the owner. */
  readonly whose: Whose | null;
}

const NONE: CardChoices = { left: new Set(), whose: null };

export interface ImportChoices {
  readonly of: (card: Card) => CardChoices;
  readonly set: (card: Card, choices: Partial<CardChoices>) => void;
  readonly forget: (cards: readonly Card[]) => void;
  /** What is unplugged comes as if it were another one. */
  readonly keep: (cards: readonly Card[]) => void;
}

export function useImportChoices(): ImportChoices {
  const [all, setAll] = useState<ReadonlyMap<string, CardChoices>>(new Map());
  return useMemo(() => {
    const only = (stays: (key: string) => boolean) =>
      setAll((before) => {
        const after = [...before].filter(([key]) => stays(key));
        return after.length === before.size ? before : new Map(after);
      });
    return {
      of: ({ key }) => all.get(key) ?? NONE,
      set: ({ key }, choices) =>
        setAll((before) => new Map(before).set(key, { ...(before.get(key) ?? NONE), ...choices })),
      forget: (cards) => only((key) => cards.every((card) => card.key !== key)),
      keep: (cards) => only((key) => cards.some((card) => card.key === key)),
    };
  }, [all]);
}

/** What of a card is to be imported now. */
export function chosenOf({ dumps }: Card, { left }: CardChoices): Card['dumps'] {
  return dumps.filter(({ taken, key }) => !taken && !left.has(key));
}

/** One export of a kind that need not say whose it is: then the clerk may say it. */
export function mayBeAnybodys(dumps: Card['dumps']): boolean {
  const [only, ...others] = dumps;
  return only !== undefined && others.length === 0 && !SAYS_WHOSE.has(only.format);
}

const SAYS_WHOSE: ReadonlySet<string> = new Set(['station', 'cht-bundle']);

/** What the clerk said of one export is said of that one only. */
export function takesOf(dumps: Card['dumps'], whose: Whose | null): readonly Take[] {
  const said = whose !== null && mayBeAnybodys(dumps) ? whose : NOBODY;
  return [...bySource(dumps)].map(([source, files]) => ({ source, files, ...said }));
}

/** Something of it is being imported or waits for that, or it is being made safe to unplug. */
export function isBusy(card: Card, jobs: readonly Job[], intakes: readonly Intake[]): boolean {
  const isOurs = (source: string | undefined) => source !== undefined && card.sources.includes(source);
  return (
    card.state.kind === 'ejecting' ||
    jobs.some((job) => isOurs(job.source) && runs(job)) ||
    intakes.some((one) => one.kind === 'waiting' && isOurs(one.take.source))
  );
}
