/** Phones that can be read directly, over the debugging cable, as the window sees them. */
import type { ErrorCode } from './errors.ts';
import type { PhoneUser } from './web-view/protocol.ts';
import type { Since } from './web-view/since.ts';

export interface PhoneInfo {
  /** For as long as it is plugged in. */
  readonly phone: string;
  /** Its model, as far as it says one. */
  readonly name: string;
  readonly apps: readonly PhoneAppInfo[];
  /** Why no app of it can be read; `null` where one can. */
  readonly trouble: ErrorCode | null;
}

export interface PhoneAppInfo {
  readonly app: string;
  /** Origin of the server the app works with. */
  readonly server: string;
  /** Who is signed in, and others whose records lie on this phone. */
  readonly people: readonly PhoneUser[];
}

/** What a live reading adds to the end of its intake. */
export interface PhoneReading {
  readonly user: string;
  readonly device: string | null;
  /** Why so much was read: only what is new, or all of it, and for which reason. */
  readonly why: Since['why'];
}
