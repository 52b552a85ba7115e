/** Which ways there are with a record that somebody looks at: the safe one first, "as it is" last. */
import type { ChangeDetail } from '../../../shared/review.ts';

/**
 * - `settle`: one version of a conflict is kept, or both are joined
 * - `choose`: its version came with several contents, and one of them is true
 * - `check`: the server is asked whether it still refuses it
 * - `rebase`: it is applied to the server's version
 * - `compare`: the server is asked for its version, which is not known here
 */
export type Way = 'settle' | 'choose' | 'check' | 'rebase' | 'compare' | 'approve';

/** What a person is asked about before it is approved, in the order in which it is said. */
export type Asked = 'deletion' | 'refused' | 'unplaced' | 'unusual';

export interface Ways {
  /** The first button, and the key `a`; `null`: nothing is to do. */
  readonly first: Way | null;
  /** The last button approves it as it is, although another way is safer. */
  readonly asItIs: boolean;
  readonly asked: readonly Asked[];
}

type Seen = Pick<ChangeDetail, 'class' | 'deleted' | 'refusal' | 'unusual' | 'may'>;

/** `on`: the server's version is here, so that the record can be compared with it and applied to it. */
export function waysOf(change: Seen, { on }: { readonly on: boolean }): Ways {
  const { may } = change;
  const first = firstWay(change, on);
  // What may be tried has a button of its own, which asks nothing: nothing about it is odd but a guess.
  const asItIs = may.approve && first !== 'approve' && !may.try;
  return { first, asItIs, asked: askedAbout(change) };
}

function firstWay({ class: kind, may }: Seen, on: boolean): Way | null {
  if (may.settle) return 'settle';
  if (may.choose) return 'choose';
  if (may.checkAgain) return 'check';
  if (may.rebase && on) return 'rebase';
  if (kind === 'unplaced' && may.approve) return 'compare';
  return may.approve ? 'approve' : null;
}

function askedAbout({ class: kind, deleted, refusal, unusual }: Seen): Asked[] {
  const asked: Asked[] = [];
  if (deleted) asked.push('deletion');
  if (refusal !== null) asked.push('refused');
  if (kind === 'unplaced') asked.push('unplaced');
  if (unusual.some(({ rule }) => rule !== 'deletion')) asked.push('unusual');
  return asked;
}
