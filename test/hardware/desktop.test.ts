/** A phone that the desktop holds, as GNOME does it: read through its mount, and directly once it is let go of. */
import { linkSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { imageFolder, makeDump } from './images.ts';
import { prepare } from './prepare.ts';
import { expectTaken, guestForTests, isReady, type World } from './world.ts';

const reason = prepare({ desktop: true });

const SESSION = 'export XDG_RUNTIME_DIR=/run/user/0 DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/0/bus';

describe('a desktop', () => {
  const guest = guestForTests(reason);
  let world: World;
  let folder: string;
  beforeAll(async () => {
    if (!guest.isUp) return;
    world = guest.world;
    folder = imageFolder('desktop');
    // gvfsd brings its FUSE mount with it.
    const started = await world.shell(
      `${SESSION}; mkdir -p /run/user/0; chmod 700 /run/user/0; modprobe fuse; ` +
        'dbus-daemon --session --fork --address=$DBUS_SESSION_BUS_ADDRESS; ' +
        '(/usr/libexec/gvfsd >/tmp/gvfsd.log 2>&1 </dev/null &); ' +
        'for i in $(seq 30); do grep -q gvfsd-fuse /proc/mounts && break; sleep 0.5; done; ' +
        'grep -c gvfsd-fuse /proc/mounts',
    );
    expect(started).toBe('1');
  });

  test('that was there first', async () => {
    const dump = await makeDump(join(folder, 'dump.json'), { documents: 60, photos: 20, seed: 41 });
    const later = await makeDump(join(folder, 'later.json'), { documents: 60, photos: 5, seed: 42 });
    const phone = join(folder, 'phone');
    mkdirSync(join(phone, 'Download'), { recursive: true });
    mkdirSync(join(phone, 'DCIM'));
    linkSync(dump.file, join(phone, 'Download/dump.json'));
    linkSync(later.file, join(phone, 'DCIM/not-looked-at.json'));

    // The station's devices are held up, so that the desktop is there first.
    const devices = (signal: string) =>
      world.shell(
        `kill -${signal} $(grep -lE electron/[d]evice-worker.ts /proc/[0-9]*/cmdline | cut -d/ -f3)`,
      );
    await devices('STOP');
    await world.machine.plugPhone('phone', phone, 'HELD-1');
    const mounted = await world.shell(
      `${SESSION}; for i in $(seq 20); do uri=$(gio mount -li | grep -oE 'mtp://[^ ]+' | head -1); ` +
        '[ -n "$uri" ] && gio mount "$uri" && break; sleep 1; done; ls /run/user/0/gvfs',
    );
    expect(mounted).toMatch(/mtp:host=.*HELD-1/);
    await devices('CONT');
    const held = await world.source(isReady('mtp'));
    expect(held.dumps.map(({ name }) => name)).toEqual([expect.stringMatching(/\/Download\/dump\.json$/)]);
    expectTaken(await world.take(held, 'dump.json'), dump);
    await world.machine.pull('phone');
    await world.noSources('mtp');
  });
});
