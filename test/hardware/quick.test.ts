/** The minute that runs everywhere: one stick and one phone, from the plug to the replica. */
import { mkdirSync, linkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fatStick, imageFolder, makeDump, type Dump } from './images.ts';
import { Machine } from './machine.ts';
import { prepare } from './prepare.ts';
import { expectTaken, fileNamed, isReady, noSources, sourceThat } from './world.ts';

const reason = prepare();
if (reason !== null) console.log(`NOT RUN, there is no virtual hardware here: ${reason}`);

describe.skipIf(reason !== null)('one minute on virtual hardware', () => {
  let machine: Machine;
  let dump: Dump;
  let folder: string;

  beforeAll(async () => {
    folder = imageFolder('quick');
    dump = await makeDump(join(folder, 'dump.json'), { documents: 120, photos: 20, seed: 11 });
    machine = await Machine.start();
    console.log(`  the guest was up after ${machine.bootSeconds} s`);
  });
  afterAll(() => machine?.stop());

  test('a FAT32 stick: seen, taken, made safe, unplugged', async () => {
    await machine.plugStick('stick', fatStick(join(folder, 'stick.img'), 'CHTSTICK', [dump.file]));
    const stick = await sourceThat(machine, isReady('drive'));
    expect(stick.name).toBe('CHTSTICK');
    expectTaken(
      await machine.ask('take', { source: stick.source, file: fileNamed(stick, 'dump.json') }),
      dump,
    );
    expect(await machine.ask('eject', { source: stick.source })).toBeNull();
    expect(await machine.ask('shell', { command: 'grep -c /media/ /proc/mounts' })).toBe('0');
    // The sentence that it may be unplugged stays for a while after the drive has gone.
    await sourceThat(machine, ({ state }) => state.kind === 'safe');
    await machine.pull('stick');
  });

  test('a phone over MTP: seen, taken, unplugged', async () => {
    const phone = join(folder, 'phone');
    mkdirSync(join(phone, 'Download'), { recursive: true });
    linkSync(dump.file, join(phone, 'Download/dump.json'));
    await machine.plugPhone('phone', phone, 'PHONE-1');
    const found = await sourceThat(machine, isReady('mtp'));
    expect(found.name).toBe('QEMU filesharing');
    const taken = await machine.ask('take', { source: found.source, file: fileNamed(found, 'dump.json') });
    expectTaken(taken, dump);
    // The same dump from another device: nothing is doubled.
    expect(taken.documents).toMatchObject({ new: 0, known: 120 });
    await machine.pull('phone');
    await noSources(machine);
  });
});
