import { afterEach, expect, it, vi } from 'vitest';
import { forkedDevices } from '../../electron/host/forked-devices.ts';

afterEach(() => vi.unstubAllEnvs());

it('keeps passwords from the process that reads devices, and from the programs that it calls', async () => {
  vi.stubEnv('STATION_PASSWORD', 'Mango-tree-1');
  vi.stubEnv('STATION_NEW_PASSWORD', 'Mango-tree-2');
  const child = forkedDevices(new URL('environment-child.ts', import.meta.url)).start();
  const names = await new Promise<unknown>((resolve) => child.on('message', resolve));
  expect(names).toContain('PATH');
  expect(names).not.toContain('STATION_PASSWORD');
  expect(names).not.toContain('STATION_NEW_PASSWORD');
});
