import { expect, it } from 'vitest';
import { stayAwakeWhileWorking } from '../../electron/host/stay-awake.ts';
import type { RestoreProgress } from '../../shared/restore.ts';
import { fakeStation, job } from '../support/fake-station.ts';
import { quiet } from '../support/soon.ts';

function world(jobs: Parameters<typeof job>[0][] = []) {
  const station = fakeStation();
  station.jobs = jobs.map(job);
  let holds = 0;
  let begun = 0;
  const end = stayAwakeWhileWorking(station, () => {
    begun += 1;
    holds += 1;
    return () => {
      holds -= 1;
    };
  });
  return { station, end, holds: () => holds, begun: () => begun };
}
const STOPPED = { kind: 'stopped' } as const;

it('from the first job to the end of the last', async () => {
  const { station, holds, begun } = world();
  await quiet();
  expect(holds()).toBe(0);
  station.tell('job', job({ job: 'a' }));
  station.tell('job', job({ job: 'b', kind: 'intake' }));
  station.tell('job', job({ job: 'a', done: 5 }));
  expect([holds(), begun()]).toEqual([1, 1]);
  station.tell('job', job({ job: 'a', end: STOPPED }));
  expect(holds()).toBe(1);
  station.tell('job', job({ job: 'b', kind: 'intake', end: STOPPED }));
  expect(holds()).toBe(0);
  station.tell('job', job({ job: 'c' }));
  expect([holds(), begun()]).toEqual([1, 2]);
});

it('for what began before anybody listened, unless it has ended meanwhile', async () => {
  const early = world([{ job: 'a' }, { job: 'b', end: STOPPED }]);
  await quiet();
  expect(early.holds()).toBe(1);
  early.station.tell('job', job({ job: 'a', end: STOPPED }));
  expect(early.holds()).toBe(0);
  const late = world([{ job: 'a' }]);
  late.station.tell('job', job({ job: 'a', end: STOPPED }));
  await quiet();
  expect(late.holds()).toBe(0);
});

it('not while all that is left is paused', () => {
  const { station, holds } = world();
  station.tell('job', job({ job: 'a' }));
  station.tell('job', job({ job: 'a', paused: 'person' }));
  expect(holds()).toBe(0);
  station.tell('job', job({ job: 'a', paused: null }));
  expect(holds()).toBe(1);
});

it('while a backup is restored at the first start, which is no job', async () => {
  const { station, holds, begun } = world();
  const tell = async (progress: RestoreProgress) => {
    station.restore = { canChoose: true, file: null, progress };
    station.tell('changed', { what: ['restore'] });
    await quiet();
  };
  await tell({ kind: 'opening' });
  expect(holds()).toBe(1);
  await tell({ kind: 'writing', done: 1, total: 2 });
  await tell({ kind: 'checking' });
  station.tell('job', job({ job: 'a' }));
  station.tell('job', job({ job: 'a', end: STOPPED }));
  expect([holds(), begun()]).toEqual([1, 1]);
  await tell({ kind: 'failed', code: 'disk-full' });
  expect(holds()).toBe(0);
  await tell({ kind: 'moving' });
  expect(holds()).toBe(1);
  // Nobody may ask any more: the station was put in its place.
  delete station.restore;
  station.tell('changed', { what: ['restore'] });
  await quiet();
  expect(holds()).toBe(0);
});

it('and never after its end', () => {
  const { station, end, holds } = world();
  station.tell('job', job({ job: 'a' }));
  end();
  expect(holds()).toBe(0);
  station.tell('job', job({ job: 'b' }));
  expect([holds(), station.listeners()]).toEqual([0, 0]);
});
