/** How patient the device layer is. All in milliseconds; tests make them small. */
export const DEVICE_PACE = {
  /** After a hint the system is asked several times: what was plugged in is known, mounted and readable later than seen. */
  looks: [0, 500, 1500, 4000, 8000, 15_000] as readonly number[],
  /** One question to the system. */
  ask: 10_000,
  /** One read of a file, opening one, a session with a phone. */
  read: 60_000,
  /** A drive without a file system is still arriving for so long; then it cannot be read. */
  arriving: 12_000,
  /** So long the system may take to mount a stick by itself before the station does. */
  automount: 3_000,
  /** A trouble that the person ends on the phone is looked at again so often, … */
  healEvery: 3_000,
  /** … for so long, … */
  healFor: 5 * 60_000,
  /** … and after that so often. */
  healSlowly: 30_000,
  /** "You can unplug it now" stays so long after the system has let go of the drive. */
  safeShown: 15_000,
  /** Before a read error is blamed on the medium: the news that it was pulled out may be on its way. */
  confirm: 700,
  /** A file of a watched folder has to look the same for so long before it counts as complete. */
  settle: 4_000,
  /** Folders on other computers tell nothing when they change: these are looked at so often. */
  farFolder: 60_000,
} as const;

export type DevicePace = {
  readonly [Name in keyof typeof DEVICE_PACE]: (typeof DEVICE_PACE)[Name] extends number
    ? number
    : readonly number[];
};
