/** A card or stick of forty thousand files: what is found is offered at once, and every file is looked at. */
import { linkSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findFiles } from '../../../electron/sources/files.ts';
import { Offering } from '../../../electron/station/sources/offering.ts';
import { inLookingOrder } from '../../../shared/dump-names.ts';
import { LIMITS } from '../../../shared/limits.ts';
import { stick, TestSimulator } from '../../sources/simulator.ts';
import { report } from '../../support/documents.ts';
import { docsDump } from '../../support/dumps.ts';
import { soon } from '../../support/soon.ts';
import { openTestStation, type TestStation } from '../../support/station.ts';

const FILES = 40_000;
const FOLDERS = 40;
/** Dumps, in the order in which they are to be looked at. */
const DUMPS = [
  'cht_data/chw1.json',
  'download/a.json',
  'top.json',
  'ZZZ/deep/late.json',
  'odd name',
] as const;
/** Named, and none of them a dump. */
const BROKEN = ['DCIM/000/empty.json', 'zeros.json'] as const;

let simulator: TestSimulator;
let station: TestStation;
let folder: string;

beforeAll(async () => {
  simulator = new TestSimulator();
  folder = simulator.filesOf('s');
  for (let at = 0; at < FOLDERS; at += 1) {
    const inside = join(folder, 'DCIM', String(at).padStart(3, '0'));
    mkdirSync(inside, { recursive: true });
    // A thousand entries of one small file: made more quickly than so many files, and looked at in the same way.
    const first = simulator.put(
      's',
      `DCIM/${String(at).padStart(3, '0')}/IMG_0.jpg`,
      Buffer.from([0xff, 0xd8, 0xff]),
    );
    for (let n = 1; n < FILES / FOLDERS; n += 1) linkSync(first, join(inside, `IMG_${n}.jpg`));
  }
  for (const [at, name] of DUMPS.entries()) simulator.put('s', name, docsDump([report(`many-${at}`)]));
  simulator.put('s', BROKEN[0], '');
  simulator.put('s', BROKEN[1], Buffer.alloc(5000));
  station = await openTestStation({ simulator });
});
afterAll(async () => {
  await station.close();
  simulator.remove();
});

const sourceOf = async (id: string) =>
  (await station.ask('sources.list', {})).sources.find((one) => one.source === id || one.kind === id);
const namesOf = (files: readonly { readonly name: string }[]): string[] =>
  files.map(({ name }) => name).toSorted();

describe('forty thousand files', () => {
  it('are all found, and what may be a dump is looked at before the pictures', async () => {
    const { files, missed } = await findFiles(folder, {
      files: LIMITS.sourceFiles,
      depth: LIMITS.sourceDepth,
    });
    expect([files.length, missed]).toEqual([FILES + DUMPS.length + BROKEN.length, []]);
    const order = inLookingOrder(files).map(({ name }) => name);
    expect(order.filter((name) => (DUMPS as readonly string[]).includes(name))).toEqual(DUMPS);
    expect(order.slice(0, DUMPS.length + BROKEN.length).toSorted()).toEqual([...DUMPS, ...BROKEN].toSorted());
  });

  it('are told while they are listed, known folders and the top first, long before the last', async () => {
    const told: string[][] = [];
    const limits = { files: LIMITS.sourceFiles, depth: LIMITS.sourceDepth };
    const whole = await findFiles(folder, limits, undefined, ({ files }) => {
      told.push(files.map(({ name }) => name));
    });
    const [first = []] = told;
    expect(first.length).toBeLessThan(250);
    for (const name of DUMPS) expect(first.includes(name), name).toBe(name !== 'ZZZ/deep/late.json');
    for (const [at, names] of told.entries()) {
      expect(names).toEqual(names.toSorted());
      expect(whole.files.length).toBeGreaterThan(names.length);
      expect(names.length).toBeGreaterThan(told[at - 1]?.length ?? 0);
    }
    // Each time all of it is told anew.
    expect(told.length).toBeLessThan(10);
  });

  it('of a chosen folder: the dumps are there before the pictures were looked at, and the rest goes on', async () => {
    const source = await station.station.addPath(folder);
    // The first answer comes while most of them are still to be listed: known folders and the top are in it.
    const first = await sourceOf(source);
    expect(first?.state.kind).toBe('looking');
    expect(namesOf(first?.dumps ?? [])).toEqual(expect.arrayContaining(['cht_data/chw1.json', 'top.json']));
    await soon(async () => (await sourceOf(source))?.state.kind).toBe('ready');
    const whole = await sourceOf(source);
    expect(namesOf(whole?.dumps ?? [])).toEqual([...DUMPS].toSorted());
    expect(namesOf(whole?.unusable ?? [])).toEqual([...BROKEN].toSorted());
    const end = await station.wait((await station.ask('intake.start', { source })).job);
    expect(end.kind === 'imported' && end.imports.map(({ outcome }) => outcome).toSorted()).toEqual([
      ...BROKEN.map(() => 'failed'),
      ...DUMPS.map(() => 'taken'),
    ]);
    await station.ask('sources.forget', { source });
  });

  it('of a stick: none is passed over', async () => {
    simulator.plug('s', stick());
    await soon(async () => namesOf((await sourceOf('drive'))?.dumps ?? [])).toEqual([...DUMPS].toSorted());
    await soon(async () => (await sourceOf('drive'))?.state.kind).toBe('ready');
    const whole = await sourceOf('drive');
    expect(namesOf(whole?.dumps ?? [])).toEqual([...DUMPS].toSorted());
    expect(namesOf(whole?.unusable ?? [])).toEqual([...BROKEN].toSorted());
  });
});

describe('what was found so far', () => {
  it('is offered with each of the first, and then more and more seldom', () => {
    const offering = new Offering();
    const due = Array.from({ length: FILES }, (_, at) => at + 1).filter((found) => offering.isDue(found));
    expect(due.slice(0, 7)).toEqual([1, 2, 3, 4, 5, 6, 8]);
    expect(due.length).toBeLessThan(70);
  });
});
