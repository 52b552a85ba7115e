/** A day as a person types it. */

/** Days and months as digits, by what stands between them. */
const ISO = /^(\d{4})-(\d{1,2})-(\d{1,2})$/;
const DAY_FIRST = /^(\d{1,2})[./-](\d{1,2})(?:[./-](\d{4}))?$/;
const WITH_NAME = /^(\d{1,2})\s*(\p{L}{3,})\.?(?:\s+(\d{4}))?$/u;

/**
 * YYYY-MM-DD of `2026-10-14`, `14.10.2026`, `14/10`, `14 Oct`, `14 octobre 2026`; `null`: it is no day. Without a year
 * it is the last such day before `now` (milliseconds since 1970).
 */
export function dayTyped(text: string, language: string, now: number): string | null {
  const typed = text.trim().toLowerCase();
  const iso = ISO.exec(typed);
  if (iso !== null) return dayOf(iso[1], Number(iso[2]), Number(iso[3]), now);
  const digits = DAY_FIRST.exec(typed);
  if (digits !== null) return dayOf(digits[3], Number(digits[2]), Number(digits[1]), now);
  const named = WITH_NAME.exec(typed);
  const month = named === null ? -1 : monthNamed(named[2] ?? '', language);
  return named === null || month < 0 ? null : dayOf(named[3], month + 1, Number(named[1]), now);
}

function monthNamed(name: string, language: string): number {
  const format = new Intl.DateTimeFormat(language, { month: 'long', timeZone: 'UTC' });
  return Array.from({ length: 12 }, (_, month) =>
    format.format(Date.UTC(2026, month, 15)).toLowerCase(),
  ).findIndex((month) => month.startsWith(name));
}

function dayOf(year: string | undefined, month: number, day: number, now: number): string | null {
  const today = new Date(now);
  if (year !== undefined) return sound(Number(year), month, day);
  const thisYear = today.getFullYear();
  const found = sound(thisYear, month, day) ?? sound(thisYear - 1, month, day);
  const isLater = new Date(thisYear, month - 1, day).getTime() > now;
  return isLater ? (sound(thisYear - 1, month, day) ?? found) : found;
}

/** `null` where the calendar has no such day. */
function sound(year: number, month: number, day: number): string | null {
  const date = new Date(Date.UTC(year, month - 1, day));
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return null;
  return date.toISOString().slice(0, 10);
}
