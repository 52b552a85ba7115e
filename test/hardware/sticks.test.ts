/** Sticks that are slow, damaged, pulled out, or not FAT. Each ends with the dump in the replica. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { blankStick, fatStick, imageFolder, makeDump, sectorInside, type Dump } from './images.ts';
import { Machine, type StickOptions } from './machine.ts';
import { prepare } from './prepare.ts';
import { expectTaken, fileNamed, isReady, noSources, sourceThat } from './world.ts';

const reason = prepare();
if (reason !== null) console.log(`NOT RUN, there is no virtual hardware here: ${reason}`);

const MEGABYTE = 1_000_000;

describe.skipIf(reason !== null)('sticks', () => {
  let machine: Machine;
  let folder: string;
  let small: Dump;
  let large: Dump;

  beforeAll(async () => {
    folder = imageFolder('sticks');
    small = await makeDump(join(folder, 'small.json'), { documents: 60, photos: 5, seed: 21 });
    large = await makeDump(join(folder, 'large.json'), { documents: 150, photos: 110, seed: 22 });
    machine = await Machine.start();
    console.log(`  the guest was up after ${machine.bootSeconds} s`);
  });
  afterAll(() => machine?.stop());

  const plug = async (id: string, image: string, options: StickOptions = {}) => {
    await machine.plugStick(id, image, options);
    return sourceThat(machine, isReady('drive'));
  };
  const takeFrom = async (id: string, image: string, name: string, options: StickOptions = {}) => {
    const { source, ...stick } = await plug(id, image, options);
    return machine.ask('take', { source, file: fileNamed({ source, ...stick }, name) });
  };
  const pull = async (id: string) => {
    await machine.pull(id);
    await noSources(machine);
  };

  test('exFAT', async () => {
    const image = blankStick(join(folder, 'exfat.img'), 64);
    // Without a file system nobody is bothered with a card that says so before it is made.
    await machine.plugStick('blank', image, { writable: true });
    const made = await machine.ask('shell', {
      command:
        'for i in $(seq 100); do [ -b /dev/sda ] && break; sleep 0.1; done; ' +
        'mkfs.exfat -L CHTEXFAT /dev/sda >/dev/null && mkdir -p /run/made && mount -t exfat /dev/sda /run/made && ' +
        `mkdir /run/made/export && cp ${small.file} /run/made/export/ && umount /run/made && echo made`,
    });
    expect(made).toContain('made');
    await pull('blank');
    expectTaken(await takeFrom('exfat', image, 'small.json'), small);
    await pull('exfat');
  });

  test('pulled out in the middle of copying, and plugged in again', async () => {
    const image = fatStick(join(folder, 'pulled.img'), 'PULLED', [large.file]);
    const speed = 4 * MEGABYTE;
    const stick = await plug('pulled', image, { speed });
    machine.forgetWhatWasTold();
    const taking = machine.ask('take', { source: stick.source, file: fileNamed(stick, 'large.json') });
    await machine.told((one) => one.tells === 'progress' && one.bytes > 8 * MEGABYTE);
    await machine.pull('pulled');
    expect(await taking).toMatchObject({ failed: 'source-gone', dump: null });
    await noSources(machine);
    const again = await takeFrom('pulled', image, 'large.json', { speed });
    expectTaken(again, large);
    // It went on from where it stopped: the first piece was not the first of the file.
    expect(again.first).toBeGreaterThan(8 * MEGABYTE);
    await pull('pulled');
  });

  test('two megabytes a second', async () => {
    const image = fatStick(join(folder, 'slow.img'), 'SLOW', [large.file]);
    const taken = await takeFrom('slow', image, 'large.json', { speed: 2 * MEGABYTE });
    expectTaken(taken, large);
    expect(taken.copySeconds).toBeGreaterThan(5);
    await pull('slow');
  });

  test('a bad sector in one dump, and another dump beside it', async () => {
    const image = fatStick(join(folder, 'bad.img'), 'BAD', [large.file, small.file]);
    const options = { badSector: sectorInside(image, large.file) };
    expect(await takeFrom('bad', image, 'large.json', options)).toMatchObject({
      failed: 'bad-sector',
      dump: null,
    });
    const stick = await sourceThat(machine, isReady('drive'));
    const file = fileNamed(stick, 'small.json');
    expectTaken(await machine.ask('take', { source: stick.source, file }), small);
    await pull('bad');
  });
});
