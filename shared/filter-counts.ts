/** What a filter of records offers: each value that occurs, with its number and what people call it. */
export const COUNTED_BY = ['form', 'kind', 'user', 'device', 'day', 'class', 'state', 'unusual'] as const;
/** Among what is unusual: reports that may have been entered twice. No rule: nothing is left out of what is ordinary for it. */
export const TWICE = 'twice' as const;
export type CountedBy = (typeof COUNTED_BY)[number];

export interface FilterCount {
  /** The value to filter by; `null`: records that say nothing. Of a day: YYYY-MM-DD in the calendar that was asked for. */
  readonly key: string | null;
  readonly count: number;
  /** Of a form: its title, where something says it. */
  readonly title?: string;
}

/** What else than records a few words may mean. */
export interface Meant {
  readonly forms: readonly FilterCount[];
  readonly people: readonly FilterCount[];
  readonly devices: readonly FilterCount[];
  /** The one day that was typed, if it was one. */
  readonly days: readonly FilterCount[];
}
