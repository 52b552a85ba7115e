/** What only the practice server can do. What it has in common with a real one: test/server. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { askServer } from '../server/ask.ts';
import type { PracticeAnnouncement } from '../../electron/practice/start.ts';
import { leavesOf } from '../../electron/practice/revision-tree.ts';
import { revisionTree } from '../../electron/practice/pouch.ts';
import type { PracticeServer } from '../../electron/practice/server.ts';
import { startPracticeServer } from '../../electron/practice/server.ts';

const NOW = Date.UTC(2026, 10, 3);
let server: PracticeServer;
beforeAll(async () => {
  server = await startPracticeServer({ clock: () => NOW });
});
afterAll(() => server.close());

const revisions = async (one: PracticeServer) =>
  (await one.database().allDocs()).rows.map((row) => [row.key, row.value?.rev]);

describe('the practice server', () => {
  test('listens on this computer only', () => {
    expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  });

  test('the same seed and clock give the same data, another seed other data', async () => {
    const again = await startPracticeServer({ clock: () => NOW });
    const other = await startPracticeServer({ clock: () => NOW, seed: 2 });
    try {
      expect(await revisions(again)).toEqual(await revisions(server));
      expect(await revisions(other)).not.toEqual(await revisions(server));
    } finally {
      await again.close();
      await other.close();
    }
  });

  test('everybody who has a password can sign in with it', async () => {
    const people = server.users.filter(({ signsIn }) => signsIn === 'password');
    expect(people.length).toBe(server.users.length - 2);
    for (const { user, password } of [...people, server.admin]) {
      const reply = await askServer(server.url, {
        method: 'POST',
        path: '/medic/login',
        json: { user, password },
      });
      expect([user, reply.status, reply.cookies.AuthSession !== undefined]).toEqual([user, 302, true]);
    }
  });

  test('notes requests with user, path, status and size', async () => {
    const as = server.users[0] as { user: string; password: string };
    const path = '/medic/_revs_diff';
    await askServer(server.url, { method: 'POST', path, as, json: { a: ['1-a'] } });
    const at = new Date(NOW).toISOString();
    expect(server.requests.at(-1)).toEqual({
      at,
      user: 'chw1',
      method: 'POST',
      path,
      status: 200,
      bytes: 13,
    });
    await askServer(server.url, { method: 'GET', path: '/api/info?x=1' });
    expect(server.requests.at(-1)).toEqual({
      at,
      method: 'GET',
      path: '/api/info?x=1',
      status: 200,
      bytes: 0,
    });
  });

  test('an admin sets a password: the next sign-in must change it', async () => {
    const { user } = await server.addUser({
      user: 'helper',
      password: 'Old-password-1',
      roles: ['chw'],
      facility: 'hc1',
      contact: 'hc1-chw1',
    });
    server.setPassword(user, 'New-password-2', { mustChange: true });
    const json = { user, password: 'New-password-2' };
    const reply = await askServer(server.url, { method: 'POST', path: '/medic/login', json });
    expect(reply.text).toBe('/medic/password-reset');
    expect(server.users.find((one) => one.user === user)?.password).toBe('New-password-2');
  });

  test('restore brings back an older database: leaves, history, attachments; later writes are gone', async () => {
    const own = await startPracticeServer();
    try {
      const db = own.database();
      const photo = { content_type: 'image/png', data: Buffer.from('photo').toString('base64') };
      await db.put({ _id: 'kept', _attachments: { photo } });
      await db.bulkDocs([{ _id: 'kept', _rev: '1-other', side: true }], { new_edits: false });
      const tree = leavesOf(await revisionTree(db, 'kept'));
      const snapshot = await own.snapshot();
      await db.put({ _id: 'lost' });
      await own.restore(snapshot);

      expect(leavesOf(await revisionTree(own.database(), 'kept'))).toEqual(tree);
      const { password } = own.admin;
      const ask = (path: string) =>
        askServer(own.url, { method: 'GET', path, as: { user: own.admin.user, password } });
      expect((await ask('/medic/lost')).status).toBe(404);
      const history = await ask('/medic/report-hc1-chw1-2?revs=true');
      expect(history.body).toMatchObject({ _revisions: { start: 3 } });
      const attachment = tree.find((leaf) => leaf.rev !== '1-other')?.rev;
      expect((await ask(`/medic/kept/photo?rev=${attachment}`)).text).toBe('photo');
    } finally {
      await own.close();
    }
  });

  // CouchDB believes the `revpos` of a replicated attachment (couch_att:inline_from_json); PouchDB does not.
  test("an attachment keeps the client's revpos, also after a restore: a later stub must name it", async () => {
    const own = await startPracticeServer();
    try {
      const send = (docs: unknown[]) =>
        askServer(own.url, {
          method: 'POST',
          path: '/medic/_bulk_docs',
          as: own.admin,
          json: { docs, new_edits: false },
        });
      const version = (generation: number, photo: object) => ({
        _id: 'photographed',
        _rev: `${generation}-a${generation}`,
        _revisions: { start: generation, ids: ['a4', 'a3', 'a2', 'a1'].slice(4 - generation) },
        _attachments: { photo: { content_type: 'image/png', ...photo } },
      });
      expect((await send([version(2, { data: 'cGhvdG8=', revpos: 1 })])).status).toBe(201);
      expect((await send([version(3, { stub: true, revpos: 2 })])).status).toBe(412);
      expect((await send([version(3, { stub: true, revpos: 1 })])).body).toEqual([]);
      await own.restore(await own.snapshot());
      const path = '/medic/photographed';
      const { body } = await askServer(own.url, { method: 'GET', path, as: own.admin });
      expect(body).toMatchObject({ _attachments: { photo: { revpos: 1, length: 5 } } });
      expect((await send([version(4, { stub: true, revpos: 3 })])).status).toBe(412);
      expect((await send([version(4, { stub: true, revpos: 1 })])).body).toEqual([]);
    } finally {
      await own.close();
    }
  });

  // CouchDB passes over what it has before it looks at attachments (couch_db:prep_and_validate_replicated_updates).
  test('a revision that is there is taken again, though its stub could not be matched', async () => {
    const { password = '' } = server.users[0] ?? {};
    const { _rev } = await server.database().get('report-hc1-chw1-1');
    const stored = await server.database().get('report-hc1-chw1-1', { rev: _rev });
    const doc = { ...stored, _attachments: { photo: { stub: true, revpos: 1 } } };
    const reply = await askServer(server.url, {
      method: 'POST',
      path: '/medic/_bulk_docs',
      as: { user: 'chw1', password },
      json: { docs: [doc], new_edits: false },
    });
    expect([reply.status, reply.body]).toEqual([201, []]);
  });

  test('without can_edit nothing can be written', async () => {
    const reader = { user: 'reader', password: 'Old-password-1', roles: ['reader'], facility: 'hc1' };
    await server.addUser(reader);
    const json = { docs: [{ _id: 'written', type: 'person', parent: { _id: 'hc1' } }] };
    const path = '/medic/_bulk_docs';
    const reply = await askServer(server.url, { method: 'POST', path, as: reader, json });
    expect([reply.status, reply.body]).toEqual([403, { code: 403, error: 'Insufficient privileges' }]);
  });

  test('setVersion shows where somebody is signed in, in the database and on the next phone', async () => {
    const own = await startPracticeServer();
    try {
      await own.setVersion('5.9.1');
      const as = own.users[0] as { user: string; password: string };
      const deployed = await askServer(own.url, { method: 'GET', path: '/api/deploy-info', as });
      expect(deployed.body).toMatchObject({ version: '5.9.1' });
      // What is open to everybody never tells the version of CHT.
      expect((await askServer(own.url, { method: 'GET', path: '/api/info' })).body).toEqual({
        version: '0.1.0',
      });
      const { build_info } = await own.database().get('_design/medic-client');
      expect(build_info).toMatchObject({ version: '5.9.1' });
    } finally {
      await own.close();
    }
  });

  test('sees what a test writes into the database directly', async () => {
    await server.database().put({ _id: 'by-hand', type: 'person', parent: { _id: 'hc1' } });
    const as = server.users[0] as { user: string; password: string };
    const reply = await askServer(server.url, { method: 'GET', path: '/medic/by-hand', as });
    expect(reply.status).toBe(200);
  });
});

// Windows has no signal that a program could answer with cleaning up.
test.skipIf(process.platform === 'win32')(
  'from the terminal: one JSON object when ready, dumps on disk, nothing left behind',
  async () => {
    const script = fileURLToPath(new URL('../../electron/cli.ts', import.meta.url));
    const temporary = mkdtempSync(join(tmpdir(), 'practice-test-'));
    const program = spawn(process.execPath, [script, 'practice', '--port', '0', '--json'], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, TMPDIR: temporary },
    });
    try {
      const output: string[] = [];
      program.stdout.setEncoding('utf8').on('data', (text: string) => output.push(text));
      while (!output.join('').endsWith('\n')) await once(program.stdout, 'data');
      const ready = JSON.parse(output.join('')) as PracticeAnnouncement;
      expect(ready.users.map(({ user }) => user)).toEqual([
        'chw1',
        'chw2',
        'chw3',
        'sup_offline',
        'sup_online',
        'chw4',
      ]);
      expect(ready.phone.user).toBe('chw4');
      expect(ready.dumps.map((path) => existsSync(path))).toEqual([true, true, true]);
      const info = await askServer(ready.url, { method: 'GET', path: '/api/info' });
      expect(info.status).toBe(200);
      program.kill('SIGTERM');
      const [code] = (await once(program, 'exit')) as [number | null];
      expect(code).toBe(0);
      expect(readdirSync(temporary)).toEqual([]);
    } finally {
      program.kill('SIGKILL');
      rmSync(temporary, { recursive: true, force: true });
    }
  },
);
