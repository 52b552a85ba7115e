/** What whoever answers for the records has to know once this computer is lost; printed before it is. */
import type { DiskEncryption } from './health.ts';

export interface LostComputer {
  /** When the first export was copied here, ISO 8601; `null`: none was. */
  readonly since: string | null;
  /** Safe copies of exports and readings: each is all that a phone gave. */
  readonly copies: number;
  /** Different records whose versions came here. */
  readonly records: number;
  /** Of these, not known to be on the server; `null`: it was never asked. */
  readonly onlyHere: number | null;
  /** Whose records they are, by user name. */
  readonly people: readonly { readonly user: string; readonly name: string | null }[];
  /** Passwords in the key store of this account of the computer. */
  readonly logins: readonly {
    readonly server: string;
    readonly user: string;
    /** A station account, not a health worker. */
    readonly account: boolean;
  }[];
  /** Phones that were read over a cable: they may trust this computer still. */
  readonly phones: readonly { readonly user: string; readonly device: string; readonly readAt: string }[];
  readonly encryption: DiskEncryption;
  /** The head of the history, as on receipts (`shared/chain-head.ts`); `null`: there is no history yet. */
  readonly history: string | null;
}
