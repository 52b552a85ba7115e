/** Tests that fail under Wine and not for a fault of the station, each with the reason. */
export interface Known {
  /** Of the path of the test's file. */
  readonly file: string;
  /** Of its whole name; of a file of which no test could begin, of the reason. */
  readonly name: RegExp;
  readonly why: string;
}

const NO_LINKS = 'Wine 10 makes no symbolic links, and Windows itself wants its developer mode for them';

export const KNOWN: readonly Known[] = [
  { file: 'test/intake/recognise.test.ts', name: /a link/, why: NO_LINKS },
  { file: 'test/sources/device-monitor.test.ts', name: /link/, why: NO_LINKS },
  { file: 'test/sources/real.test.ts', name: /who holds a stick/, why: 'reads links of Linux’s /proc' },
  {
    file: 'test/replica/writer.test.ts',
    name: /cannot be opened again/,
    why: 'removes the folder of an open store',
  },
  {
    file: 'test/replica/mend.test.ts',
    name: /whose folder vanishes while it is open/,
    why: 'removes the folder of an open store',
  },
  {
    file: 'test/upload/network.test.ts',
    name: /spawnSync openssl/,
    why: 'makes its certificates with a program that Windows does not have',
  },
  { file: 'test/intake/copy.test.ts', name: /replaced/, why: 'renames over a file that is being read' },
];

export function knownAs(file: string, name: string): string | null {
  return KNOWN.find((one) => file.endsWith(one.file) && one.name.test(name))?.why ?? null;
}
