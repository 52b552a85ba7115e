/**
 * Whose a batch is. Records under a wrong name are worse than records under none: they are checked against
 * another area, and somebody else is paid for them. So a person may only say it where the dump does not, and
 * only while nothing of the batch has left this computer.
 */
import type { BatchFlag, MayAssign } from './review.ts';

/** The dump itself does not say whose it is: a person here does, or the name of the file. */
export const OF_PERSON: readonly BatchFlag[] = ['typed-user', 'file-name-user'];

/** `left`: something of the batch may have reached the server. */
export function mayAssign(batch: {
  readonly user: string | null;
  readonly flags: readonly BatchFlag[];
  readonly left: boolean;
}): MayAssign {
  const isSaid = batch.flags.some((flag) => OF_PERSON.includes(flag));
  if (batch.user !== null && !isSaid) return 'named';
  return batch.left ? 'sent' : 'yes';
}

/** The flags of a batch after a person said whose it is, or took that back (`null`). */
export function flagsAfter(flags: readonly BatchFlag[], user: string | null): BatchFlag[] {
  const others = flags.filter((flag) => flag !== 'unknown-user' && !OF_PERSON.includes(flag));
  return [user === null ? 'unknown-user' : 'typed-user', ...others];
}
