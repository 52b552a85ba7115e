/** Sticks that are slow, damaged, pulled out, or not FAT. Each ends with the dump in the replica. */
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { blankStick, fatStick, imageFolder, makeDump, sectorInside, type Dump } from './images.ts';
import type { StickOptions } from './machine.ts';
import { prepare } from './prepare.ts';
import { expectFailed, expectTaken, guestForTests, isReady, type World } from './world.ts';

const reason = prepare();

const MEGABYTE = 1_000_000;

describe('sticks', () => {
  const guest = guestForTests(reason);
  let world: World;
  let folder: string;
  let small: Dump;
  let small2: Dump;
  let large: Dump;
  let large2: Dump;

  beforeAll(async () => {
    if (!guest.isUp) return;
    world = guest.world;
    folder = imageFolder('sticks');
    const plan = { documents: 60, photos: 5 };
    small = await makeDump(join(folder, 'small.json'), { ...plan, seed: 21 });
    small2 = await makeDump(join(folder, 'small2.json'), { ...plan, seed: 22 });
    const largePlan = { documents: 150, photos: 110 };
    large = await makeDump(join(folder, 'large.json'), { ...largePlan, seed: 23 });
    large2 = await makeDump(join(folder, 'large2.json'), { ...largePlan, seed: 24 });
  });

  const plug = async (id: string, image: string, options: StickOptions = {}) => {
    await world.machine.plugStick(id, image, options);
    return world.source(isReady('drive'));
  };
  const pull = async (id: string) => {
    await world.machine.pull(id);
    await world.noSources('drive');
  };

  test('exFAT', async () => {
    const image = blankStick(join(folder, 'exfat.img'), 64);
    await world.machine.plugStick('blank', image, { writable: true });
    const made = await world.shell(
      'for i in $(seq 100); do [ -b /dev/sda ] && break; sleep 0.1; done; ' +
        'mkfs.exfat -L CHTEXFAT /dev/sda >/dev/null && mkdir -p /run/made && mount -t exfat /dev/sda /run/made && ' +
        `mkdir /run/made/export && cp ${small.file} /run/made/export/ && umount /run/made && echo made`,
    );
    expect(made).toContain('made');
    await pull('blank');
    const stick = await plug('exfat', image);
    expectTaken(await world.take(stick, 'small.json'), small);
    await pull('exfat');
  });

  test('pulled out in the middle of copying: plugged in again, the rest comes by itself', async () => {
    const image = fatStick(join(folder, 'pulled.img'), 'PULLED', [large.file]);
    const speed = 4 * MEGABYTE;
    const stick = await plug('pulled', image, { speed });
    const job = await world.start(stick, 'large.json');
    await world.copied(job, 8 * MEGABYTE);
    await world.machine.pull('pulled');
    expectFailed(await world.end(job), 'source-gone');
    await world.noSources('drive');
    const [rest] = (await world.ask('sources.list', {})).partialCopies;
    expect(rest).toMatchObject({ source: 'PULLED', bytes: large.bytes });
    expect(rest?.copied).toBeGreaterThan(4 * MEGABYTE);
    world.machine.forgetWhatWasTold();
    const again = await plug('pulled', image, { speed });
    const second = await world.byItself(again.source);
    const first = await world.copied(second, 1);
    // It went on from where it stopped.
    expect(first.done).toBeGreaterThan(rest?.copied ?? Infinity);
    expectTaken(await world.end(second), large);
    expect((await world.ask('sources.list', {})).partialCopies).toEqual([]);
    await pull('pulled');
  });

  test('two megabytes a second', async () => {
    const image = fatStick(join(folder, 'slow.img'), 'SLOW', [large2.file]);
    const stick = await plug('slow', image, { speed: 2 * MEGABYTE });
    const job = await world.start(stick, 'large2.json');
    // It is seen on its way, and is not whole yet.
    expect((await world.copied(job, MEGABYTE)).done).toBeLessThan(large2.bytes);
    expectTaken(await world.end(job), large2);
    await pull('slow');
  });

  test('a bad sector in one dump, and another dump beside it', async () => {
    const image = fatStick(join(folder, 'bad.img'), 'BAD', [large.file, small2.file]);
    const stick = await plug('bad', image, { badSector: sectorInside(image, large.file) });
    expectFailed(await world.take(stick, 'large.json'), 'bad-sector');
    expectTaken(await world.take(await world.source(isReady('drive')), 'small2.json'), small2);
    await pull('bad');
  });
});
