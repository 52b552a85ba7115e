/** What happens to the files of a closed, or killed, station: random, the same for the same seed. */
import {
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { pick, randomNumbers } from '../../electron/practice/documents.ts';
import { RESTARTS, TROUBLES } from './damage-trouble.ts';

type Random = () => number;
type Damage = (dataDir: string, random: Random) => void;

function filesOf(folder: string, pattern: RegExp): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => pattern.test(name))
    .sort()
    .map((name) => join(folder, name));
}

/** One file of these is damaged so, if there is any. */
function oneOf(folder: string, pattern: RegExp, damage: (file: string, random: Random) => void): Damage {
  return (dataDir, random) => {
    const files = filesOf(join(dataDir, folder), pattern);
    if (files.length > 0) damage(pick(random, files), random);
  };
}

const empty = (file: string): void => truncateSync(file, 0);
const remove = (file: string): void => rmSync(file);
const cut = (file: string, random: Random): void =>
  truncateSync(file, Math.floor(statSync(file).size * random()));

/** Bytes as a disk leaves them whose writes were lost or went elsewhere. */
function overwrite(block: number, from: number): (file: string, random: Random) => void {
  return (file, random) => {
    const bytes = readFileSync(file);
    const blocks = Math.floor((bytes.length - from) / block);
    if (blocks < 1) return;
    const at = from + Math.floor(random() * blocks) * block;
    const isZero = random() < 0.5;
    for (let n = at; n < at + block; n += 1) bytes[n] = isZero ? 0 : Math.floor(random() * 256);
    writeFileSync(file, bytes);
  };
}

const REPLICA: Readonly<Record<string, Damage>> = {
  'empty CURRENT': oneOf('replica', /^CURRENT$/, empty),
  'no CURRENT': oneOf('replica', /^CURRENT$/, remove),
  'no MANIFEST': oneOf('replica', /^MANIFEST/, remove),
  'cut MANIFEST': oneOf('replica', /^MANIFEST/, cut),
  'empty table': oneOf('replica', /\.ldb$/, empty),
  'no table': oneOf('replica', /\.ldb$/, remove),
  'cut table': oneOf('replica', /\.ldb$/, cut),
  'bytes of a table': oneOf('replica', /\.ldb$/, overwrite(64, 0)),
  'cut log': oneOf('replica', /\.log$/, cut),
  'no log': oneOf('replica', /\.log$/, remove),
  'no replica': (dataDir) => rmSync(join(dataDir, 'replica'), { recursive: true, force: true }),
};

const LEDGER: Readonly<Record<string, Damage>> = {
  'no ledger': (dataDir) => {
    for (const file of filesOf(dataDir, /^ledger\.sqlite/)) rmSync(file);
  },
  'empty ledger': (dataDir) => {
    for (const file of filesOf(dataDir, /^ledger\.sqlite-/)) rmSync(file);
    oneOf('.', /^ledger\.sqlite$/, empty)(dataDir, () => 0);
  },
  'header of the ledger': oneOf('.', /^ledger\.sqlite$/, overwriteHeader),
  'a page of the ledger': oneOf('.', /^ledger\.sqlite$/, overwrite(4096, 4096)),
  'cut ledger': oneOf('.', /^ledger\.sqlite$/, cut),
};

function overwriteHeader(file: string): void {
  const bytes = readFileSync(file);
  bytes.fill(0, 0, 100);
  writeFileSync(file, bytes);
}

const COPIES: Readonly<Record<string, Damage>> = {
  'no safe copy': oneOf('dumps', /\.dump$/, remove),
  'cut safe copy': oneOf('dumps', /\.dump$/, cut),
  'no newest backup': oneOf('backups', /^ledger-1\.sqlite$/, remove),
  'a page of the newest backup': oneOf('backups', /^ledger-1\.sqlite$/, overwrite(4096, 4096)),
  'no backups': (dataDir) => rmSync(join(dataDir, 'backups'), { recursive: true, force: true }),
};

/** Damages the replica or the ledger of a station that was closed, so that nothing of it may be lost. Answers how. */
export function damageOnce(dataDir: string, random: Random): string {
  const all = { ...REPLICA, ...LEDGER };
  const step = pick(random, Object.keys(all));
  all[step]?.(dataDir, random);
  return step;
}

/** The same of a station that was killed: what the ledger had not backed up yet could be lost with it. */
export function damageReplicaOnce(dataDir: string, random: Random): string {
  const step = pick(random, Object.keys(REPLICA));
  REPLICA[step]?.(dataDir, random);
  return step;
}

export interface DamageScript {
  readonly seed: number;
  /** The station is killed after one more decision, instead of closed. */
  readonly killed: boolean;
  /** What goes wrong while it works, before the damage. */
  readonly troubles: readonly string[];
  readonly steps: readonly string[];
  /** What the next start has to go through. */
  readonly restarts: readonly string[];
  /** The newest backup of the ledger is damaged, or gone. */
  readonly hasLostBackups: boolean;
  readonly random: Random;
  apply(dataDir: string): void;
}

export function makeDamage(seed: number): DamageScript {
  const random = randomNumbers(seed * 6151 + 7);
  const all = { ...REPLICA, ...LEDGER, ...COPIES };
  const often = (share: number): boolean => random() < share;
  const killed = often(0.3);
  const steps: string[] = [];
  if (often(0.7)) steps.push(pick(random, Object.keys(REPLICA)));
  if (often(0.5) || steps.length === 0) steps.push(pick(random, Object.keys(LEDGER)));
  if (often(0.25)) steps.push(pick(random, Object.keys(COPIES)));
  if (often(0.15)) steps.push(pick(random, Object.keys(REPLICA)));
  const troubles = Object.keys(TROUBLES).filter(() => often(0.25));
  const restarts = Object.keys(RESTARTS).filter(() => often(0.2));
  return {
    seed,
    killed,
    troubles,
    steps,
    restarts,
    random,
    hasLostBackups: steps.some((step) => step.includes('backup')),
    apply: (dataDir) => {
      for (const step of steps) all[step]?.(dataDir, random);
    },
  };
}
