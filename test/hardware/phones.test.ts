/** Phones that are pulled out, that speak as Android does, and of which there are two. */
import { linkSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { imageFolder, makeDump, type Dump } from './images.ts';
import { RIG, prepare } from './prepare.ts';
import { expectFailed, expectTaken, guestForTests, isReady, type World } from './world.ts';

const reason = prepare();

const MEGABYTE = 1_000_000;
const APP = 'Android/data/org.medicmobile.webapp.mobile/files';

describe('phones', () => {
  const guest = guestForTests(reason);
  let world: World;
  let folder: string;
  beforeAll(async () => {
    if (!guest.isUp) return;
    world = guest.world;
    folder = imageFolder('phones');
  });

  const small = (seed: number) =>
    makeDump(join(folder, `small-${seed}.json`), { documents: 60, photos: 5, seed });
  const large = (seed: number) =>
    makeDump(join(folder, `large-${seed}.json`), { documents: 150, photos: 150, seed });
  const phoneFolder = (name: string, path: string, dump: Dump): string => {
    const phone = join(folder, name);
    mkdirSync(join(phone, path, '..'), { recursive: true });
    linkSync(dump.file, join(phone, path));
    return phone;
  };
  const gadget = async (command: string) => {
    expect(await world.shell(`bash ${RIG}/guest/gadget.sh ${command}`)).toBe('');
  };

  /** Pulls the phone out in the middle of copying, plugs it in again, and sees the rest come by itself. */
  const takeInTwo = async (dump: Dump, unplug: () => Promise<void>, plugAgain: () => Promise<void>) => {
    const found = await world.source(isReady('mtp'));
    const job = await world.start(found, 'large.json');
    await world.copied(job, 4 * MEGABYTE);
    await unplug();
    expectFailed(await world.end(job), 'source-gone');
    await world.noSources('mtp');
    const [rest] = (await world.ask('sources.list', {})).partialCopies;
    expect(rest).toMatchObject({ bytes: dump.bytes });
    expect(rest?.copied).toBeGreaterThan(3 * MEGABYTE);
    world.machine.forgetWhatWasTold();
    await plugAgain();
    const again = await world.source(isReady('mtp'));
    const second = await world.byItself(again.source);
    expect((await world.copied(second, 1)).done).toBeGreaterThan(rest?.copied ?? Infinity);
    expectTaken(await world.end(second), dump);
  };

  test('pulled out in the middle of copying: plugged in again, the rest comes by itself', async () => {
    const dump = await large(31);
    const phone = phoneFolder('pulled', 'Download/large.json', dump);
    const plug = () => world.machine.plugPhone('pulled', phone, 'PULLED-1');
    await plug();
    await takeInTwo(dump, () => world.machine.pull('pulled'), plug);
    await world.machine.pull('pulled');
    await world.noSources('mtp');
  });

  test('two at once, each with its own dump', async () => {
    const [first, second] = [await small(32), await large(33)];
    await world.machine.plugPhone('one', phoneFolder('one', 'Download/small.json', first), 'ONE');
    await world.machine.plugPhone('two', phoneFolder('two', `${APP}/large.json`, second), 'TWO');
    const offers = (name: string) => (source: { readonly dumps: readonly { readonly name: string }[] }) =>
      source.dumps.some((dump) => dump.name.endsWith(name));
    const one = await world.source(offers('Download/small.json'));
    const two = await world.source(offers(`${APP}/large.json`));
    expect(one.source).not.toBe(two.source);
    const jobs = [await world.start(one, 'small.json'), await world.start(two, 'large.json')] as const;
    expectTaken(await world.end(jobs[0]), first);
    expectTaken(await world.end(jobs[1]), second);
    await world.machine.pull('one');
    await world.machine.pull('two');
    await world.noSources('mtp');
  });

  // Class 6/1/1, and the class of its own under which Samsung's phones answer.
  test.each([
    ['class', 34, '0x6 0x1 0x1 0x18d1 0x4ee1 ANDROID-1'],
    ['name', 35, '0xff 0xff 0x0 0x04e8 0x6860 ANDROID-2'],
  ])('Android, known by its %s', async (_how, seed, ids) => {
    const dump = await large(seed);
    await world.shell(`mkdir -p /srv/phone/Download && cp ${dump.file} /srv/phone/Download/large.json`);
    const plug = async () => {
      await gadget(`up /srv/phone ${ids}`);
      await gadget('plug');
    };
    await plug();
    const found = await world.source(isReady('mtp'));
    expect(found.name).toBe('Google Pixel 7');
    expect(found.dumps.map(({ name }) => name)).toEqual(['Internal shared storage/Download/large.json']);
    // The station's own udev rule gave it to the people of this computer.
    const nodes = await world.shell(
      'for node in /dev/bus/usb/*/*; do udevadm info -q property -n $node | grep -q ID_SERIAL_SHORT=ANDROID' +
        " && stat -c '%a %G' $node; done",
    );
    expect(nodes).toBe('660 plugdev');
    // Android begins anew with every plugging in; umtp-responder was seen to hang after a transfer that was broken off.
    const unplug = async () => {
      await gadget('unplug');
      await gadget('down');
    };
    await takeInTwo(dump, unplug, plug);
    await unplug();
    await world.noSources('mtp');
  });
});
