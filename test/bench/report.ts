/** The bench as a page: the marks first, then what was measured. */
import type { Measured } from './way.ts';

export interface Mark {
  readonly what: string;
  readonly mark: number;
  /** `null`: could not be measured. */
  readonly got: number | null;
  readonly unit: string;
  /** The mark is the least that is wanted; else the most. */
  readonly least: boolean;
}

export interface Report {
  readonly date: string;
  readonly machine: string;
  readonly rounds: number;
  readonly marks: readonly Mark[];
  readonly tables: readonly { readonly title: string; readonly rows: ReadonlyMap<string, Measured | null> }[];
}

function verdict({ mark, got, least }: Mark): string {
  if (got === null) return 'not measured';
  return (least ? got >= mark : got <= mark) ? 'met' : 'missed';
}

function rounded(value: number): string {
  return value >= 100 ? String(Math.round(value)) : value.toFixed(2);
}

export function reportOf({ date, machine, rounds, marks, tables }: Report): string {
  const lines = [
    '# Bench',
    '',
    `Written by \`npm run bench\` on ${date}. ${machine}. Medians of ${rounds} rounds in which the ways take turns;`,
    'the machine is shared, so only ratios within this run mean something.',
    '',
    '| what | mark | got | |',
    '|---|---|---|---|',
    ...marks.map(
      (one) =>
        `| ${one.what} | ${one.least ? '≥' : '≤'} ${one.mark}${one.unit} | ${one.got === null ? '–' : `${rounded(one.got)}${one.unit}`} | ${verdict(one)} |`,
    ),
  ];
  for (const { title, rows } of tables) {
    lines.push(
      '',
      `## ${title}`,
      '',
      '| way | seconds | documents/s | CPU seconds | peak MB |',
      '|---|---|---|---|---|',
    );
    for (const [name, one] of rows) {
      lines.push(
        one === null
          ? `| ${name} | failed | | | |`
          : `| ${name} | ${one.seconds.toFixed(1)} | ${Math.round(one.documents / one.seconds)} | ${one.cpu.toFixed(1)} | ${Math.round(one.peakMB)} |`,
      );
    }
  }
  return `${lines.join('\n')}\n`;
}
