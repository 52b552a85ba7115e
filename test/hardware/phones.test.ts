/** Phones that are pulled out, that speak as Android does, and of which there are two. */
import { linkSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { imageFolder, makeDump, type Dump } from './images.ts';
import { Machine } from './machine.ts';
import { BENCH, prepare } from './prepare.ts';
import { expectTaken, fileNamed, isReady, noSources, sourceThat } from './world.ts';

const reason = prepare();
if (reason !== null) console.log(`NOT RUN, there is no virtual hardware here: ${reason}`);

const MEGABYTE = 1_000_000;
const APP = 'Android/data/org.medicmobile.webapp.mobile/files';

describe.skipIf(reason !== null)('phones', () => {
  let machine: Machine;
  let folder: string;
  let large: Dump;
  let small: Dump;

  beforeAll(async () => {
    folder = imageFolder('phones');
    small = await makeDump(join(folder, 'small.json'), { documents: 60, photos: 5, seed: 31 });
    large = await makeDump(join(folder, 'large.json'), { documents: 150, photos: 150, seed: 32 });
    machine = await Machine.start();
    console.log(`  the guest was up after ${machine.bootSeconds} s`);
  });
  afterAll(() => machine?.stop());

  const phoneFolder = (name: string, files: Readonly<Record<string, Dump>>): string => {
    const phone = join(folder, name);
    for (const [path, dump] of Object.entries(files)) {
      mkdirSync(join(phone, path, '..'), { recursive: true });
      linkSync(dump.file, join(phone, path));
    }
    return phone;
  };
  const gadget = async (command: string) => {
    expect(await machine.ask('shell', { command: `bash ${BENCH}/guest/gadget.sh ${command}` })).toBe('');
  };

  test('pulled out in the middle of copying, and plugged in again', async () => {
    const phone = phoneFolder('pulled', { 'Download/large.json': large });
    await machine.plugPhone('pulled', phone, 'PULLED-1');
    const found = await sourceThat(machine, isReady('mtp'));
    machine.forgetWhatWasTold();
    const taking = machine.ask('take', { source: found.source, file: fileNamed(found, 'large.json') });
    await machine.told((one) => one.tells === 'progress' && one.bytes > 4 * MEGABYTE);
    await machine.pull('pulled');
    expect(await taking).toMatchObject({ failed: 'source-gone', dump: null });
    await noSources(machine);
    await machine.plugPhone('pulled', phone, 'PULLED-1');
    const again = await sourceThat(machine, isReady('mtp'));
    const taken = await machine.ask('take', { source: again.source, file: fileNamed(again, 'large.json') });
    expectTaken(taken, large);
    expect(taken.first).toBeGreaterThan(4.2 * MEGABYTE);
    await machine.pull('pulled');
    await noSources(machine);
  });

  test('two at once, each with its own dump', async () => {
    await machine.plugPhone('one', phoneFolder('one', { 'Download/small.json': small }), 'ONE');
    await machine.plugPhone('two', phoneFolder('two', { [`${APP}/large.json`]: large }), 'TWO');
    const has = (name: string) => (source: { files: readonly { name: string }[] }) =>
      source.files.some((file) => file.name.endsWith(name));
    const one = await sourceThat(machine, has('Download/small.json'));
    const two = await sourceThat(machine, has(`${APP}/large.json`));
    expect(one.source).not.toBe(two.source);
    const take = (from: typeof one, name: string) =>
      machine.ask('take', { source: from.source, file: fileNamed(from, name) });
    const [first, second] = await Promise.all([take(one, 'small.json'), take(two, 'large.json')]);
    expectTaken(first, small);
    expectTaken(second, large);
    await machine.pull('one');
    await machine.pull('two');
    await noSources(machine);
  });

  // Class 6/1/1, and the class of its own under which Samsung's phones answer.
  test.each([
    ['class', '0x6 0x1 0x1 0x18d1 0x4ee1 ANDROID-1'],
    ['name', '0xff 0xff 0x0 0x04e8 0x6860 ANDROID-2'],
  ])('Android, known by its %s', async (_how, ids) => {
    await machine.ask('shell', {
      command: `mkdir -p /srv/phone/Download && cp ${large.file} /srv/phone/Download/`,
    });
    await gadget(`up /srv/phone ${ids}`);
    await gadget('plug');
    const found = await sourceThat(machine, isReady('mtp'));
    expect(found.name).toBe('Google Pixel 7');
    // The station's own udev rule gave it to the people of this computer.
    const node =
      '$(ls -d /dev/bus/usb/*/* | while read n; do udevadm info -q property -n $n | grep -q ID_SERIAL_SHORT=ANDROID && echo $n; done)';
    expect(await machine.ask('shell', { command: `stat -c '%a %G' ${node}` })).toBe('660 plugdev');
    const name = 'Internal shared storage/Download/large.json';
    expect(found.files.map((file) => file.name)).toEqual([name]);
    machine.forgetWhatWasTold();
    const taking = machine.ask('take', { source: found.source, file: fileNamed(found, 'large.json') });
    await machine.told((one) => one.tells === 'progress' && one.bytes > 4 * MEGABYTE);
    await gadget('unplug');
    expect(await taking).toMatchObject({ failed: 'source-gone', dump: null });
    await noSources(machine);
    // Android begins anew with every plugging in; umtp-responder was seen to hang after a transfer that was broken off.
    await gadget('down');
    await gadget(`up /srv/phone ${ids}`);
    await gadget('plug');
    const again = await sourceThat(machine, isReady('mtp'));
    const taken = await machine.ask('take', { source: again.source, file: fileNamed(again, 'large.json') });
    expectTaken(taken, large);
    expect(taken.first).toBeGreaterThan(4.2 * MEGABYTE);
    await gadget('unplug');
    await noSources(machine);
    await gadget('down');
  });
});
