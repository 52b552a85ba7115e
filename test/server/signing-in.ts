/** The rows of docs/cht-exchanges.md §1. */
import { expect } from 'vitest';
import type { Login, Site } from './site.ts';

export type Rows = Readonly<Record<string, (site: Site) => Promise<void>>>;

const logIn = (site: Site, { user, password }: Login, headers: Record<string, string> = {}) =>
  site.ask({ method: 'POST', path: '/medic/login', json: { user, password }, headers });

/** The `Cookie` header that goes with the answer to a login. */
async function sessionOf(site: Site, login: Login): Promise<string> {
  const { cookies } = await logIn(site, login);
  expect(cookies.AuthSession).toBeDefined();
  return `AuthSession=${cookies.AuthSession?.split(';')[0]}`;
}

export const signingIn: Rows = {
  'POST /medic/login: 302 without Location, the path as body, and the cookies': async (site) => {
    const reply = await logIn(site, site.chw1);
    expect(reply.status).toBe(302);
    expect(reply.headers.get('location')).toBeNull();
    expect(reply.text).toBe('/');
    expect(reply.cookies.AuthSession).toMatch(/HttpOnly/i);
    expect(reply.cookies.AuthSession).toMatch(/Max-Age=31536000/i);
    const userCtx: unknown = JSON.parse(decodeURIComponent(reply.cookies.userCtx?.split(';')[0] ?? ''));
    expect(userCtx).toMatchObject({ name: site.chw1.user, roles: ['chw'] });
    expect(reply.cookies.userCtx).not.toMatch(/HttpOnly/i);
    expect(reply.cookies.locale).toBeDefined();
    expect(reply.cookies.login).toMatch(/^;/);
    expect((await logIn(site, site.admin)).text).toBe('/admin/');
  },

  'a user who must change the password: 302 to /medic/password-reset, userCtx but no AuthSession': async (
    site,
  ) => {
    const { hc1, chw1 } = site.places;
    const fresh = await site.makeUser('fresh', ['chw'], hc1._id, chw1._id);
    const reply = await logIn(site, fresh);
    expect(reply.status).toBe(302);
    expect(reply.text).toBe('/medic/password-reset');
    expect(reply.cookies.userCtx).toBeDefined();
    expect(reply.cookies.AuthSession).toBeUndefined();
    const basic = await site.ask({ method: 'GET', path: `/medic/org.couchdb.user:${fresh.user}`, as: fresh });
    expect(basic.status).toBe(200);

    const json = { username: fresh.user, currentPassword: fresh.password, password: 'short', locale: 'en' };
    const short = await site.ask({ method: 'POST', path: '/medic/password-reset', json });
    expect(short.status).toBe(400);
    expect(short.body).toMatchObject({ error: 'password-short' });
    const good = { ...json, password: 'Juniper-hedge-93' };
    const reset = await site.ask({ method: 'POST', path: '/medic/password-reset', json: good });
    expect(reset.status).toBe(302);
    expect(reset.cookies.AuthSession).toBeDefined();
    expect((await logIn(site, { user: fresh.user, password: good.password })).text).toBe('/');
  },

  'Content-Type: application/json; charset=utf-8: 400': async (site) => {
    const reply = await logIn(site, site.chw1, { 'content-type': 'application/json; charset=utf-8' });
    expect(reply.status).toBe(400);
    expect(reply.text).toContain('Content-Type must be application/json');
  },

  'wrong password: 401 Not logged in': async (site) => {
    const reply = await logIn(site, { ...site.chw1, password: 'Wrong-password-1' });
    expect(reply.status).toBe(401);
    expect(reply.body).toEqual({ error: 'Not logged in' });
  },

  'wrong basic auth: 401 with Accept: application/json, a 302 to the login page with Accept: */*': async (
    site,
  ) => {
    const question = {
      method: 'GET',
      path: '/medic/settings',
      as: { ...site.chw1, password: 'Wrong-password-2' },
    };
    const program = await site.ask(question);
    expect(program.status).toBe(401);
    expect(program.body).toEqual({ code: 401, error: 'unauthorized' });
    const person = await site.ask({ ...question, headers: { accept: '*/*' } });
    expect(person.status).toBe(302);
    expect(person.headers.get('location')).toContain('/medic/login');
  },

  'malformed AuthSession: 400': async (site) => {
    const reply = await site.ask({
      method: 'GET',
      path: '/medic/settings',
      cookie: 'AuthSession=not-a-session',
    });
    expect(reply.status).toBe(400);
  },

  'a cookie after a password change: 401': async (site) => {
    const { hc1, chw1 } = site.places;
    const { user, password } = await site.makeUser('changing', ['chw'], hc1._id, chw1._id);
    const reset = async (currentPassword: string, next: string) => {
      const json = { username: user, currentPassword, password: next, locale: 'en' };
      const reply = await site.ask({ method: 'POST', path: '/medic/password-reset', json });
      expect(reply.status).toBe(302);
    };
    await reset(password, 'Juniper-hedge-94');
    const cookie = await sessionOf(site, { user, password: 'Juniper-hedge-94' });
    const look = () => site.ask({ method: 'GET', path: '/_session', cookie });
    expect((await look()).status).toBe(200);
    await reset('Juniper-hedge-94', 'Juniper-hedge-95');
    expect((await look()).status).toBe(401);
  },

  'GET /_session: the user and how they signed in; without credentials 401': async (site) => {
    const cookie = await sessionOf(site, site.chw1);
    const reply = await site.ask({ method: 'GET', path: '/_session', cookie });
    expect(reply.status).toBe(200);
    expect(reply.body).toMatchObject({
      ok: true,
      userCtx: { name: site.chw1.user, roles: ['chw'] },
      info: { authenticated: 'cookie' },
    });
    expect((await site.ask({ method: 'GET', path: '/_session' })).status).toBe(401);
  },

  'DELETE /_session signs out': async (site) => {
    const cookie = await sessionOf(site, site.chw1);
    const reply = await site.ask({ method: 'DELETE', path: '/_session', cookie });
    expect(reply.status).toBe(200);
    expect(reply.cookies.AuthSession).toMatch(/^;/);
  },

  'GET /medic/ as a restricted user: 403 of the firewall': async (site) => {
    const reply = await site.ask({ method: 'GET', path: '/medic/', as: site.chw1 });
    expect(reply.status).toBe(403);
    expect(reply.body).toEqual({
      code: 403,
      error: 'forbidden',
      details: 'Offline users are not allowed access to this endpoint',
    });
    expect((await site.ask({ method: 'GET', path: '/medic/', as: site.supOnline })).status).toBe(200);
  },

  'GET a document out of area, or missing, as a restricted user: the same 403': async (site) => {
    for (const id of [site.places.patient2._id, site.id('missing')]) {
      const reply = await site.ask({ method: 'GET', path: `/medic/${id}`, as: site.chw1 });
      expect(reply.status).toBe(403);
      expect(reply.body).toEqual({ error: 'forbidden', reason: 'Insufficient privileges' });
    }
    const own = await site.ask({ method: 'GET', path: `/medic/${site.places.patient1._id}`, as: site.chw1 });
    expect(own.status).toBe(200);
  },

  'GET /api/v1/users-info': async (site) => {
    const reply = await site.ask({ method: 'GET', path: '/api/v1/users-info', as: site.chw1 });
    expect(reply.status).toBe(200);
    expect(reply.body).toMatchObject({ warn: false, limit: 10_000 });
    const { total_docs, warn_docs } = reply.body as { total_docs: number; warn_docs: number };
    expect(total_docs).toBeGreaterThan(3);
    expect(warn_docs).toBeLessThanOrEqual(total_docs);
  },

  'GET /api/v1/replication/get-ids as chw1: what chw1 may see, with its revisions': async (site) => {
    const path = '/api/v1/replication/get-ids';
    const reply = await site.ask({ method: 'GET', path, as: site.chw1 });
    expect(reply.status).toBe(200);
    const rows = (reply.body as { doc_ids_revs: { id: string; rev: string }[] }).doc_ids_revs;
    const ids = rows.map((row) => row.id);
    expect(ids).toEqual(expect.arrayContaining([site.places.hc1._id, site.places.patient1._id, 'settings']));
    expect(ids).not.toContain(site.places.patient2._id);
    expect(ids).not.toContain(site.places.district._id);
    expect(rows.every((row) => /^\d+-/.test(row.rev))).toBe(true);
  },

  'GET /api/info without signing in: 0.1.0, never the version; /api/deploy-info with: the version': async (
    site,
  ) => {
    const info = await site.ask({ method: 'GET', path: '/api/info' });
    expect([info.status, info.body]).toEqual([200, { version: '0.1.0' }]);
    const deployed = await site.ask({ method: 'GET', path: '/api/deploy-info', as: site.chw1 });
    expect(deployed.status).toBe(200);
    expect(deployed.body).toMatchObject({ version: expect.stringMatching(/^[1-9]\d*\.\d+/) as unknown });
  },

  'GET /api/v2/users/{me}; of somebody else 403': async (site) => {
    const of = (name: string) => site.ask({ method: 'GET', path: `/api/v2/users/${name}`, as: site.chw1 });
    const me = await of(site.chw1.user);
    expect(me.status).toBe(200);
    expect(me.body).toMatchObject({
      id: `org.couchdb.user:${site.chw1.user}`,
      username: site.chw1.user,
      roles: ['chw'],
      place: [{ _id: site.places.hc1._id }],
    });
    expect((await of(site.supOffline.user)).status).toBe(403);
  },
};
