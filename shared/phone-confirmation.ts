/**
 * Telling a phone's app that the server has what it holds. The app shows its records as sent then, and no bundle of it
 * brings them again: so only where all of them are proven to be there.
 */
import type { NamedRecords } from './phone-sync.ts';

/**
 * - `told`: the app was told
 * - `already`: the app says so by itself, or more
 * - `unproven`: the server lacks something of it, and the app was told nothing
 */
export interface PhoneConfirmed {
  readonly user: string;
  readonly device: string;
  readonly outcome: 'told' | 'already' | 'unproven';
  /** Up to which change of the phone's database it was read and looked for. */
  readonly sequence: number;
  /** Documents of it that the server was seen to have, or has refused. */
  readonly proven: number;
  /** Of these, those that it refused: they are kept here. */
  readonly refused: number;
  /** What is not proven to be on the server. */
  readonly unproven: NamedRecords;
}
