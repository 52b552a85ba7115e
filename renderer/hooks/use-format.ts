/** Numbers, dates and sizes as the person's language writes them. */
import { useMemo } from 'react';
import { daysSince } from '../../shared/health-workers.ts';
import { useTranslation } from 'react-i18next';

export interface Format {
  readonly number: (value: number) => string;
  /** Where there is little room: "100K" from ten thousand on. */
  readonly short: (value: number) => string;
  readonly day: (value: string | number) => string;
  /** "November 2026", of `2026-11`. */
  readonly month: (value: string) => string;
  readonly moment: (value: string | number) => string;
  /** "2 hours ago", "yesterday". */
  readonly ago: (value: string | number) => string;
  /** Whole days since then. */
  readonly days: (value: string) => number;
  /** This moment, as `moment` writes it. */
  readonly now: () => string;
  readonly time: (value: string | number) => string;
  /** A day of the calendar, `YYYY-MM-DD`, the same wherever the computer stands. */
  readonly date: (day: string) => string;
  /** "1 year, 2 months". */
  readonly span: (parts: readonly { readonly unit: string; readonly number: number }[]) => string;
  /** A degree of latitude or longitude, to a metre. */
  readonly degrees: (value: number) => string;
  readonly bytes: (value: number) => string;
  readonly seconds: (value: number) => string;
  readonly list: (items: readonly string[]) => string;
}

/** The region the computer is set to writes dates its own way, where it speaks the chosen language. */
export function localeFor(language: string, offered: readonly string[]): string {
  const own = offered.filter((locale) => locale === language || locale.startsWith(`${language}-`));
  return own.find(isLocale) ?? language;
}

/** A browser started in a POSIX environment offers `en-US@posix`, which `Intl` does not take. */
function isLocale(locale: string): boolean {
  try {
    return Intl.getCanonicalLocales(locale).length === 1;
  } catch {
    return false;
  }
}

const STEPS = [
  ['second', 60],
  ['minute', 60],
  ['hour', 24],
  ['day', 30],
  ['month', 12],
  ['year', Infinity],
] as const;

/** Splits a distance in time into the largest unit that keeps the number readable. */
export function relativeParts(milliseconds: number): readonly [number, Intl.RelativeTimeFormatUnit] {
  let amount = milliseconds / 1000;
  for (const [unit, size] of STEPS) {
    if (Math.abs(amount) < size) return [Math.trunc(amount), unit];
    amount /= size;
  }
  return [Math.trunc(amount), 'year'];
}

const BYTE_STEPS = ['byte', 'kilobyte', 'megabyte', 'gigabyte'] as const;

export function createFormat(locale: string, now: () => number): Format {
  const number = new Intl.NumberFormat(locale);
  const compact = new Intl.NumberFormat(locale, { notation: 'compact' });
  const day = new Intl.DateTimeFormat(locale, { dateStyle: 'medium' });
  const month = new Intl.DateTimeFormat(locale, { month: 'long', year: 'numeric', timeZone: 'UTC' });
  const moment = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' });
  const time = new Intl.DateTimeFormat(locale, { timeStyle: 'short' });
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
  const list = new Intl.ListFormat(locale, { type: 'conjunction' });
  const duration = (value: number, unit: 'second' | 'minute') =>
    new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'long' }).format(value);
  const date = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone: 'UTC' });
  const degrees = new Intl.NumberFormat(locale, { maximumFractionDigits: 5 });
  const units = new Intl.ListFormat(locale, { type: 'unit' });
  const dated = (format: Intl.DateTimeFormat) => (value: string | number) => {
    const at = new Date(value);
    // Dates come from phones: one that is no date is shown as it was written.
    return Number.isNaN(at.getTime()) ? String(value) : format.format(at);
  };
  return {
    number: (value) => number.format(value),
    short: (value) => (value < 10_000 ? number : compact).format(value),
    day: dated(day),
    date: (value) => dated(date)(`${value}T00:00:00Z`),
    span: (parts) =>
      units.format(
        parts.map((part) =>
          new Intl.NumberFormat(locale, { style: 'unit', unit: part.unit, unitDisplay: 'long' }).format(
            part.number,
          ),
        ),
      ),
    degrees: (value) => degrees.format(value),
    month: (value) => dated(month)(`${value}-01T00:00:00Z`),
    moment: dated(moment),
    time: dated(time),
    ago(value) {
      const [amount, unit] = relativeParts(new Date(value).getTime() - now());
      return relative.format(amount, unit);
    },
    days: (value) => daysSince(value, now()),
    now: () => moment.format(now()),
    bytes(value) {
      let step = 0;
      let amount = value;
      while (amount >= 1000 && step < BYTE_STEPS.length - 1) {
        amount /= 1000;
        step += 1;
      }
      return new Intl.NumberFormat(locale, {
        style: 'unit',
        unit: BYTE_STEPS[step] ?? 'byte',
        unitDisplay: step === 0 ? 'long' : 'short',
        maximumFractionDigits: amount < 10 && step > 0 ? 1 : 0,
      }).format(amount);
    },
    seconds: (value) =>
      value < 90 ? duration(Math.round(value), 'second') : duration(Math.round(value / 60), 'minute'),
    list: (items) => list.format(items),
  };
}

export function useFormat(): Format {
  const { i18n } = useTranslation();
  return useMemo(
    () => createFormat(localeFor(i18n.language, navigator.languages), Date.now),
    [i18n.language],
  );
}
