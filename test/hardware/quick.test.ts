/** The minute that runs everywhere: one stick and one phone, from the plug to the replica. */
import { linkSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { fatStick, imageFolder, makeDump, type Dump } from './images.ts';
import { prepare } from './prepare.ts';
import { expectTaken, guestForTests, isReady, type World } from './world.ts';

const reason = prepare();

describe('a minute on virtual hardware', () => {
  const guest = guestForTests(reason);
  let world: World;
  let dump: Dump;
  let folder: string;

  beforeAll(async () => {
    if (!guest.isUp) return;
    world = guest.world;
    folder = imageFolder('quick');
    dump = await makeDump(join(folder, 'dump.json'), { documents: 120, photos: 20, seed: 11 });
  });

  test('a FAT32 stick: seen, taken, made safe, unplugged', async () => {
    const image = fatStick(join(folder, 'stick.img'), 'CHTSTICK', [dump.file]);
    await world.machine.plugStick('stick', image);
    const stick = await world.source(isReady('drive'));
    expect(stick).toMatchObject({ name: 'CHTSTICK', canEject: true });
    expectTaken(await world.take(stick, 'dump.json'), dump);
    await world.ask('sources.eject', { source: stick.source });
    // Not a word earlier than it is true.
    expect(await world.shell('grep -c /media/ /proc/mounts; ls /dev/sd*')).toMatch(/^0\nls: cannot access/);
    await world.safe(stick.source);
    await world.machine.pull('stick');
  });

  test('a phone over MTP: seen, taken, unplugged', async () => {
    const phone = join(folder, 'phone');
    mkdirSync(join(phone, 'Download'), { recursive: true });
    const own = await makeDump(join(folder, 'own.json'), { documents: 130, photos: 20, seed: 12 });
    linkSync(own.file, join(phone, 'Download/dump.json'));
    await world.machine.plugPhone('phone', phone, 'PHONE-1');
    const found = await world.source(isReady('mtp'));
    expectTaken(await world.take(found, 'dump.json'), own);
    await world.machine.pull('phone');
    await world.noSources('mtp');
  });
});
