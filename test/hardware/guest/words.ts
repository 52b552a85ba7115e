/** What the rig asks the agent in the guest, and what the agent tells by itself. */
import type { Answer } from '../../../shared/answer.ts';
import type { Job } from '../../../shared/contract.ts';
import type { SourceInfo } from '../../../shared/sources.ts';

export interface Answers {
  /** Runs a shell command in the guest. */
  shell(params: { command: string }): Promise<string>;
  /** Asks the station in the guest, as the window does. */
  station(params: { name: string; params: object }): Promise<Answer>;
}

export type Told =
  | { readonly tells: 'ready' }
  /** A job of the station as it goes on: the window's bar. */
  | { readonly tells: 'job'; readonly job: Job }
  /** The cards of the window, whenever they change. */
  | { readonly tells: 'sources'; readonly sources: readonly SourceInfo[] };
