/** Short messages about what just happened, each with at most one thing to do about it. */
import { UNSTABLE_ToastQueue as ToastQueue } from 'react-aria-components';

export interface Notice {
  readonly tone: 'good' | 'warning' | 'bad' | 'plain';
  readonly text: string;
  readonly more?: string;
  readonly action?: { readonly label: string; readonly run: () => void };
  /** Takes back what the notice tells of; also by Ctrl+Z, the newest first. */
  readonly undo?: () => void;
}

/** Long enough to come back from a question at the door; it waits while the pointer or focus is on it. */
const SHOWN = 20_000;

export const notices = new ToastQueue<Notice>({ maxVisibleToasts: 3 });

/** What can be taken back, oldest first, by the key of its notice. */
const undos = new Map<string, () => void>();

export function notify(notice: Notice): void {
  const key: string = notices.add(notice, { timeout: SHOWN, onClose: () => void undos.delete(key) });
  if (notice.undo !== undefined) undos.set(key, notice.undo);
}

/** Takes back what this notice tells of. */
export function takeBack(key: string): void {
  const undo = undos.get(key);
  notices.close(key);
  undo?.();
}

/** Takes back the newest decision, if it is not too long ago. */
export function takeBackNewest(): void {
  const newest = [...undos.keys()].at(-1);
  if (newest !== undefined) takeBack(newest);
}

/** Another person comes: what the last one did, and could take back, is not theirs. */
export function clearNotices(): void {
  undos.clear();
  notices.clear();
}

/** From here on nothing can be taken back, because it is being sent. */
export function withdrawUndos(): void {
  for (const key of undos.keys()) notices.close(key);
}
