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

/** As profiled with 100,000 documents; look again when the station's way of taking a dump changes. */
const WHY = [
  '## Why marks are missed',
  '',
  'The others only write. The station copies the dump to its own disk with a sha256, asks the replica what it has, computes',
  'the digest of each record’s canonical content, notes one row for each record in the ledger, and only then writes through the',
  'same PouchDB. Of 18 s of CPU, PouchDB’s and LevelDB’s own work takes about 6, the ledger 5, parsing 2, digests 2, and',
  'collecting garbage in small heaps, which keep the memory low, most of the rest; on two cores this is what there is. With a',
  'larger young generation and larger pieces it is about a tenth quicker and takes 100 MB more.',
  '',
  'Peak memory grows with the size because LevelDB reads the files it merges through memory maps, which count as',
  'resident; the heaps of the process do not grow.',
];

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
  if (marks.some((mark) => verdict(mark) === 'missed')) lines.push('', ...WHY);
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
