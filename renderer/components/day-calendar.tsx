/** A month at a time: how many records each day has, and a day or a span of days to choose. */
import { ChevronLeft, ChevronRight } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { FilterCount } from '../../shared/filter-counts.ts';
import { useFormat } from '../hooks/use-format.ts';
import { Button } from './button.tsx';

interface Props {
  /** By day, YYYY-MM-DD, in their order. */
  readonly counts: readonly FilterCount[];
  readonly from: string;
  readonly to: string;
  readonly onChoose: (day: string) => void;
}

/** A Monday, and the six days after it. */
const WEEK = Array.from({ length: 7 }, (_, day) => `2024-01-0${day + 1}`);

export function DayCalendar({ counts, from, to, onChoose }: Props) {
  const { t, i18n } = useTranslation();
  const format = useFormat();
  const days = new Map(counts.map(({ key, count }) => [key ?? '', count]));
  const months = [...new Set([...days.keys()].map((day) => day.slice(0, 7)))];
  const [chosen, setChosen] = useState<string | null>(null);
  const month = chosen ?? (from === '' ? undefined : from.slice(0, 7)) ?? mostIn(counts);
  if (month === undefined) return <p className="help">{t('filter.noDays')}</p>;
  const at = months.indexOf(month);
  const go = (another: string | undefined) => {
    if (another !== undefined) setChosen(another);
  };
  const short = new Intl.DateTimeFormat(i18n.language, { weekday: 'narrow', timeZone: 'UTC' });
  const long = new Intl.DateTimeFormat(i18n.language, { weekday: 'long', timeZone: 'UTC' });
  return (
    <div className="calendar">
      <div className="calendar-head">
        <Button
          look="quiet"
          icon={ChevronLeft}
          bare
          isDisabled={at === 0}
          onPress={() => go(at < 0 ? months.findLast((one) => one < month) : months[at - 1])}
        >
          {t('filter.monthBefore')}
        </Button>
        <strong aria-live="polite">{format.month(month)}</strong>
        <Button
          look="quiet"
          icon={ChevronRight}
          bare
          isDisabled={at === months.length - 1}
          onPress={() => go(at < 0 ? months.find((one) => one > month) : months[at + 1])}
        >
          {t('filter.monthAfter')}
        </Button>
      </div>
      <table aria-label={format.month(month)}>
        <thead>
          <tr>
            {WEEK.map((day) => (
              <th key={day} scope="col">
                <abbr title={long.format(new Date(day))}>{short.format(new Date(day))}</abbr>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {weeksOf(month).map((week) => (
            <tr key={week.join()}>
              {week.map((day, column) => (
                <td key={day ?? column}>
                  {day === null ? null : (
                    <button
                      type="button"
                      className="calendar-day"
                      aria-pressed={day >= from && day <= to && from !== ''}
                      disabled={!days.has(day)}
                      aria-label={t('filter.dayWith', { day: format.date(day), count: days.get(day) ?? 0 })}
                      onClick={() => onChoose(day)}
                    >
                      <span>{format.number(Number(day.slice(8)))}</span>
                      <small>{days.has(day) ? format.short(days.get(day) ?? 0) : ''}</small>
                    </button>
                  )}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** The month with the most records: clocks that were wrong made others. */
function mostIn(counts: readonly FilterCount[]): string | undefined {
  const months = new Map<string, number>();
  for (const { key, count } of counts) {
    const month = (key ?? '').slice(0, 7);
    months.set(month, (months.get(month) ?? 0) + count);
  }
  return [...months].sort((a, b) => b[1] - a[1])[0]?.[0];
}

/** The days of a month in weeks that begin on Monday; `null`: of another month. */
export function weeksOf(month: string): (string | null)[][] {
  const [year = 0, number = 1] = month.split('-').map(Number);
  const first = new Date(`${month}-01T00:00:00Z`);
  const length = new Date(Date.UTC(year, number, 0)).getUTCDate();
  const before = (first.getUTCDay() + 6) % 7;
  const days: (string | null)[] = [
    ...Array.from({ length: before }, () => null),
    ...Array.from({ length }, (_, day) => `${month}-${String(day + 1).padStart(2, '0')}`),
  ];
  while (days.length % 7 !== 0) days.push(null);
  return Array.from({ length: days.length / 7 }, (_, week) => days.slice(week * 7, week * 7 + 7));
}
