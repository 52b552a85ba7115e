/** What the station needs around it: the server, a right clock, a keyring, a way to phones. Said alike by the window and `station doctor`. */
import type { ErrorCode } from './errors.ts';
import type { DeviceLayer } from './sources.ts';
import type { PhraseKey } from './words/index.ts';

/**
 * Whether this computer can keep a password safely. `no-keyring`: the desktop has no key store;
 * `not-in-this-mode`: only the desktop program can, not a browser or a terminal.
 */
export type MayKeepLogins =
  | { readonly kind: 'yes' }
  | { readonly kind: 'no'; readonly why: 'no-keyring' | 'not-available' | 'not-in-this-mode' };

/** Whether udev was told that the person at this computer may open phones; other systems need no such rule. */
export type PhoneRule = 'there' | 'missing' | 'not-needed';

export interface Surroundings {
  /** The operating system with its release and processor. */
  readonly system: string;
  readonly server:
    | { readonly kind: 'none' }
    /** `aheadMs`: how far this computer's clock is ahead of the server's; `null`: the server did not tell its time. */
    | { readonly kind: 'there'; readonly aheadMs: number | null }
    | { readonly kind: 'away'; readonly code: ErrorCode };
  readonly keyring: MayKeepLogins;
  readonly phoneRule: PhoneRule;
  /** `off`: nothing that is plugged in is looked at, because a terminal asked. */
  readonly layer: DeviceLayer['kind'];
}

/** A difference that a person should know of: times in the history and on receipts come from this computer's clock. */
export const CLOCK_OFF_MS = 2 * 60_000;

/** One line. `code`: its sentence is that of the error; else that of `key` in the area `computer` of the words. */
export interface SurroundingsLine {
  readonly key: PhraseKey<'computer'>;
  readonly values: Readonly<Record<string, string | number>>;
  readonly code: ErrorCode | null;
  /** Something is wrong, so that somebody has to act; what this station may never need does not count. */
  readonly asks: boolean;
}

/** Out of reach is no fault of this computer: many facilities have no internet most of the day. */
const ORDINARY: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['offline', 'server-slow']);

/** What there is to say, in a fixed order. @param version of the station */
export function surroundingsLines(found: Surroundings, version: string): SurroundingsLine[] {
  const { system, server, keyring, phoneRule, layer } = found;
  const line = (key: SurroundingsLine['key'], asks = false): SurroundingsLine => ({
    key,
    values: {},
    code: null,
    asks,
  });
  const lines: SurroundingsLine[] = [{ ...line('program'), values: { version, system } }];
  if (server.kind === 'none') lines.push(line('noServer'));
  if (server.kind === 'away')
    lines.push({ ...line('serverAway', !ORDINARY.has(server.code)), code: server.code });
  if (server.kind === 'there') lines.push(line('serverThere'), clockLine(server.aheadMs));
  lines.push(line(keyring.kind === 'yes' ? 'keyring' : KEYRING_WORDS[keyring.why]));
  if (phoneRule !== 'not-needed') lines.push(line(phoneRule === 'there' ? 'phoneRule' : 'noPhoneRule'));
  if (layer === 'blind') lines.push({ ...line('devicesBlind', true), code: 'devices-blind' });
  if (layer === 'running') lines.push(line('devices'));
  if (layer === 'restarting') lines.push(line('devicesRestarting'));
  return lines;
}

/** A terminal and a browser keep no password by design; nobody can do anything about that. */
const KEYRING_WORDS = {
  'no-keyring': 'noKeyring',
  'not-available': 'keyringSilent',
  'not-in-this-mode': 'keyringNotHere',
} as const;

function clockLine(aheadMs: number | null): SurroundingsLine {
  const line = { values: {}, code: null, asks: false };
  if (aheadMs === null) return { ...line, key: 'clockUnknown' };
  if (Math.abs(aheadMs) < CLOCK_OFF_MS) return { ...line, key: 'clockRight' };
  const count = Math.round(Math.abs(aheadMs) / 60_000);
  return { ...line, key: aheadMs > 0 ? 'clockAhead' : 'clockBehind', values: { count }, asks: true };
}
