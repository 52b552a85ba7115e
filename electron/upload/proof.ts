/** The proof that the server holds a revision: its own list of what it does not have. */
import type { RevsDiffEntry } from './revs-diff.ts';

interface Key {
  readonly id: string;
  readonly rev: string;
}

type Missing = ReadonlyMap<string, Pick<RevsDiffEntry, 'missing'>>;

export interface ProvingServer {
  revsDiff(question: Readonly<Record<string, readonly string[]>>): Promise<Missing>;
}

/** Asks about revisions; give them to `isMissing` with the answer. */
export function missingOf(server: ProvingServer, keys: readonly Key[]): Promise<Missing> {
  const question: Record<string, string[]> = Object.create(null) as Record<string, string[]>;
  for (const { id, rev } of keys) (question[id] ??= []).push(rev);
  return server.revsDiff(question);
}

export function isMissing(missing: Missing, { id, rev }: Key): boolean {
  return missing.get(id)?.missing.includes(rev) ?? false;
}
