/** Short messages about what just happened, each with at most one thing to do about it. */
import { UNSTABLE_ToastQueue as ToastQueue } from 'react-aria-components';

export interface Notice {
  readonly tone: 'good' | 'warning' | 'bad' | 'plain';
  readonly text: string;
  readonly more?: string;
  readonly action?: { readonly label: string; readonly run: () => void };
}

/** Long enough to come back from a question at the door; it waits while the pointer or focus is on it. */
const SHOWN = 20_000;

export const notices = new ToastQueue<Notice>({ maxVisibleToasts: 3 });

/** The way back of the newest decision, so that one key can take it back. */
let undo: { readonly key: string; readonly run: () => void } | null = null;

export function notify(notice: Notice): void {
  const key = notices.add(notice, { timeout: SHOWN });
  if (notice.action !== undefined) undo = { key, run: notice.action.run };
}

/** Does what the newest notice offers; false where there is nothing to do. */
export function takeOffer(): boolean {
  if (undo === null) return false;
  const { key, run } = undo;
  undo = null;
  notices.close(key);
  run();
  return true;
}

/** The offer of a notice was taken by its own button. */
export function offerTaken(key: string): void {
  if (undo?.key === key) undo = null;
  notices.close(key);
}
