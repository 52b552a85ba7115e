/** How far, and how much longer: shown only when it can be known, and never above 100 %. */
export interface Sample {
  readonly done: number;
  readonly at: number;
}

/** Percent, 0 to 100; `null` while the total is not known. */
export function share(done: number, total: number | null): number | null {
  if (total === null) return null;
  if (total <= 0) return 100;
  return Math.min(100, Math.max(0, (done / total) * 100));
}

/** A guess from less than this is worse than none. */
const ENOUGH_TIME = 4_000;

/** Seconds left in this step at the speed since its first sample; `null` where that is no honest guess. */
export function remaining(first: Sample, now: Sample, total: number | null): number | null {
  const time = now.at - first.at;
  const work = now.done - first.done;
  if (total === null || time < ENOUGH_TIME || work <= 0 || now.done >= total) return null;
  return ((total - now.done) * time) / work / 1000;
}
