/**
 * The contract with a CHT server: each row of what a real one answered is a test. Runs against the practice
 * server, and with CHT_URL, CHT_ADMIN and CHT_ADMIN_PASSWORD against a real one (`npm run test:server`).
 * All in one file and one after the other: the brake on wrong passwords of a real server counts them all.
 */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { startPracticeServer } from '../../electron/practice/server.ts';
import { around } from './around.ts';
import { askServer } from './ask.ts';
import { taking } from './bulk-docs.ts';
import { requests } from './bulk-requests.ts';
import type { Rows } from './signing-in.ts';
import { signingIn } from './signing-in.ts';
import type { Site } from './site.ts';
import { openSite } from './site.ts';

// Single requests to a real server took up to 13 s while its views caught up (docs/cht-exchanges.md §7).
vi.setConfig({ testTimeout: 480_000, hookTimeout: 480_000 });

let site: Site;
beforeAll(async () => {
  site = await openSite();
});
afterAll(() => site?.close());

const TABLES: Readonly<Record<string, Rows>> = {
  'Signing in': signingIn,
  'POST /medic/_bulk_docs: documents': taking,
  'POST /medic/_bulk_docs: requests': requests,
  'Around it': around,
};

for (const [title, rows] of Object.entries(TABLES)) {
  describe(title, () => {
    for (const [row, holds] of Object.entries(rows)) test(row, () => holds(site));
  });
}

/** Last, since a real server refuses every password from here for ten seconds afterwards. */
describe('The brake on wrong passwords', () => {
  test('ten 401s within 10 s: 429, right passwords and basic auth included; cookies go on; clear after', async () => {
    let now = Date.UTC(2026, 10, 1);
    const own = site.practice ? await startPracticeServer({ clock: () => now }) : undefined;
    const url = own?.url ?? site.url;
    const { user, password } = own?.users[0] ?? site.chw1;
    const logIn = (json: unknown) => askServer(url, { method: 'POST', path: '/medic/login', json });
    const basic = () => askServer(url, { method: 'GET', path: '/_session', as: { user, password } });
    const pause = async () => {
      if (own) now += 11_000;
      else await new Promise((resolve) => setTimeout(resolve, 11_000));
    };
    try {
      // The rows above had their own 401s.
      await pause();
      const { cookies } = await logIn({ user, password });
      const cookie = `AuthSession=${cookies.AuthSession?.split(';')[0]}`;
      const statuses = [];
      for (let n = 0; n < 10; n += 1) {
        statuses.push((await logIn({ user: `nobody-${n}`, password: `Wrong-${n}` })).status);
      }
      expect(statuses).toEqual(Array.from({ length: 10 }, () => 401));

      const right = await logIn({ user, password });
      expect(right.status).toBe(429);
      expect(right.text).toContain('Too Many Requests');
      expect((await basic()).status).toBe(429);
      expect((await askServer(url, { method: 'GET', path: '/_session', cookie })).status).toBe(200);

      await pause();
      expect((await logIn({ user, password })).status).toBe(302);
      expect((await basic()).status).toBe(200);
    } finally {
      // The tests' own things are removed next, with a password.
      await pause();
      await own?.close();
    }
  });
});
