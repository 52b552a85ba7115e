import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { isOtherServer } from '../../../electron/intake/server-address.ts';
import { originOf } from '../../../electron/station/server/server.ts';
import { startPracticeServer, type PracticeServer } from '../../../electron/practice/server.ts';
import { openTestStation, type TestStation } from '../../support/station.ts';
import { report } from '../../support/documents.ts';
import { stationDump } from '../../support/dumps.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { compareAs } from '../../support/uploads.ts';

describe('the address of a server', () => {
  it.each([
    ['cht.example.org', 'https://cht.example.org'],
    ['  https://cht.example.org/  ', 'https://cht.example.org'],
    ['https://cht.example.org/#/reports', 'https://cht.example.org'],
    ['https://cht.example.org/medic/login?redirect=%2F', 'https://cht.example.org'],
    ['HTTPS://CHT.Example.ORG', 'https://cht.example.org'],
    ['https://cht.example.org:443', 'https://cht.example.org'],
    ['cht.example.org:8443', 'https://cht.example.org:8443'],
    ['https://cht.example.org:8443/x', 'https://cht.example.org:8443'],
    ['https://10.0.0.7', 'https://10.0.0.7'],
    ['http://localhost:5988', 'http://localhost:5988'],
    ['http://127.0.0.1:5988/', 'http://127.0.0.1:5988'],
    ['http://[::1]:5988', 'http://[::1]:5988'],
  ])('%s is %s', (typed, origin) => {
    expect(originOf(typed)).toBe(origin);
  });

  it.each([
    ['http://cht.example.org', 'insecure-url'],
    ['http://10.0.0.7', 'insecure-url'],
    ['http://localhost.example.org', 'insecure-url'],
    ['http://127.0.0.1.example.org', 'insecure-url'],
    ['ftp://cht.example.org', 'bad-url'],
    ['file:///etc/passwd', 'bad-url'],
    ['javascript:alert(1)', 'bad-url'],
    ['https://', 'bad-url'],
    ['https://user:password@cht.example.org', 'bad-url'],
    ['https://user@cht.example.org', 'bad-url'],
    ['two words', 'bad-url'],
    ['', 'bad-url'],
  ])('%s is refused as %s', (typed, code) => {
    expect(() => originOf(typed)).toThrow(expect.objectContaining({ code }) as Error);
  });
});

describe('whether a dump belongs to another server', () => {
  const OURS = 'https://cht.example.org';
  it.each([
    // What is not known turns nobody away.
    [undefined, OURS, false],
    ['https://other.example.org', null, false],
    ['', OURS, false],
    ['not an address', OURS, false],
    // The same server, written in other ways.
    ['https://cht.example.org', OURS, false],
    ['https://cht.example.org/medic', OURS, false],
    ['https://CHT.example.org:443', OURS, false],
    ['http://cht.example.org', OURS, false],
    ['cht.example.org', OURS, false],
    ['cht.example.org.', OURS, false],
    ['cht.example.org', 'https://cht.example.org:8443', false],
    ['https://cht.example.org:8443/', 'https://cht.example.org:8443', false],
    ['http://127.0.0.1:5988', 'http://127.0.0.1:5988', false],
    // Another one.
    ['https://other.example.org', OURS, true],
    ['other.example.org', OURS, true],
    ['https://cht.example.org.evil.org', OURS, true],
    ['https://cht.example.org:8443', OURS, true],
    ['cht.example.org:8443', OURS, true],
    ['https://cht.example.org', 'https://cht.example.org:8443', true],
    ['http://127.0.0.1:5988', 'http://127.0.0.1:5989', true],
    ['https://cht.example.org@other.example.org', OURS, true],
  ])('%s at the station of %s: %s', (claimed, ours, expected) => {
    expect(isOtherServer(claimed, ours)).toBe(expected);
  });
});

/** An address at which nobody listens: that of a server which has just closed. */
async function addressOfNobody(): Promise<string> {
  const listener = createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  listener.close();
  await once(listener, 'close');
  return `http://127.0.0.1:${port}`;
}

describe('the server of a station', () => {
  let server: PracticeServer;
  let other: PracticeServer;
  let station: TestStation;

  beforeAll(async () => {
    [server, other] = await Promise.all([startPracticeServer(), startPracticeServer()]);
  });
  afterAll(async () => {
    await Promise.all([server.close(), other.close()]);
  });
  beforeEach(async () => {
    station = await openTestStation();
  });
  afterEach(() => station.close());

  const compare = async () => {
    const [{ user, password } = { user: '', password: '' }] = server.users;
    const { job } = await station.ask('compare.start', { user, password });
    return station.wait(job);
  };

  it('is not set at first, and nothing that needs one begins', async () => {
    expect(await station.ask('server.get', {})).toEqual({
      url: null,
      otherNames: [],
      version: null,
      reachable: null,
      error: null,
      checkedAt: null,
      comparedAt: null,
    });
    await expect(station.ask('server.check', {})).rejects.toMatchObject({ code: 'no-server' });
    const who = { user: 'chw1', password: 'x' };
    await expect(station.ask('compare.start', who)).rejects.toMatchObject({ code: 'no-server' });
    await expect(station.ask('upload.start', who)).rejects.toMatchObject({ code: 'no-server' });
    expect((await station.ask('jobs.list', {})).jobs).toEqual([]);
  });

  it('is set, looked for, remembered and written down; its version is told to who signs in', async () => {
    const info = await station.ask('server.set', { url: `${server.url}/#/reports` });
    // Without signing in it says 0.1.0, whatever its version is.
    expect(info).toMatchObject({ url: server.url, version: null, reachable: true, error: null });
    expect(info.checkedAt).not.toBeNull();
    for (const version of ['5.3.1', '5.4.0']) {
      await server.setVersion(version);
      await compareAs(station, server, 'chw1');
      expect(await station.ask('server.check', {})).toMatchObject({ version, reachable: true });
      expect(await station.ask('server.get', {})).toMatchObject({ url: server.url, version });
    }
    const { rows } = await station.ask('ledger.list', {});
    expect(rows.map(({ what, detail }) => [what, detail])).toContainEqual([
      'server-set',
      { url: server.url },
    ]);
  });

  it('may be out of reach: that is an answer, and the address stays', async () => {
    const nobody = await addressOfNobody();
    const info = await station.ask('server.set', { url: nobody });
    expect(info).toMatchObject({ url: nobody, reachable: false, error: 'offline', version: null });
  });

  it('may be no address at all: then nothing is set', async () => {
    await station.ask('server.set', { url: server.url });
    await expect(station.ask('server.set', { url: 'http://cht.example.org' })).rejects.toMatchObject({
      code: 'insecure-url',
    });
    expect((await station.ask('server.get', {})).url).toBe(server.url);
  });

  it('may be changed as long as nothing was compared or sent', async () => {
    await station.ask('server.set', { url: server.url });
    await station.take(stationDump([report('r1')]));
    const info = await station.ask('server.set', { url: other.url });
    expect(info).toMatchObject({ url: other.url, reachable: true });
  });

  it('does not keep the version of the one before', async () => {
    await station.ask('server.set', { url: server.url });
    const info = await station.ask('server.set', { url: await addressOfNobody() });
    // The last try and its outcome, also when somebody asks later.
    expect(info).toMatchObject({ version: null, checkedAt: expect.any(String) as string, reachable: false });
    expect(await station.ask('server.get', {})).toEqual(info);
  });

  it('is fixed once records were compared with it: what is known of one says nothing of another', async () => {
    await station.ask('server.set', { url: server.url });
    await station.take(stationDump([report('r1')]));
    expect(await compare()).toMatchObject({ kind: 'compared', checked: 1 });
    await expect(station.ask('server.set', { url: other.url })).rejects.toMatchObject({
      code: 'server-fixed',
    });
    expect((await station.ask('server.get', {})).url).toBe(server.url);
    // The same one may be set again.
    await station.ask('server.set', { url: `${server.url}/` });
  });
});

describe('a start that fails', () => {
  it('gives its data folder back: the next one finds it free', async () => {
    const [one, two] = await Promise.all([startPracticeServer(), startPracticeServer()]);
    const folder = temporaryFolder();
    try {
      const dataDir = join(folder.path, 'data');
      const first = await openTestStation({ dataDir, practice: one });
      await first.take(stationDump([report('r1')]));
      await compareAs(first, one, 'chw1');
      await first.close();
      // Practice mode with another server than the one whose records are here.
      const stick = { url: two.url, users: [], devices: folder.path };
      await expect(openTestStation({ dataDir, stick })).rejects.toMatchObject({ code: 'server-fixed' });
      const again = await openTestStation({ dataDir });
      expect((await again.ask('server.get', {})).url).toBe(one.url);
      await again.close();
    } finally {
      folder.remove();
      await Promise.all([one.close(), two.close()]);
    }
  });

  it('because another one is open in the same folder leaves that one alone', async () => {
    const open = await openTestStation();
    try {
      await expect(openTestStation({ dataDir: open.dataDir })).rejects.toMatchObject({ code: 'data-in-use' });
      expect(await open.take(stationDump([report('r1')]))).toMatchObject({ outcome: 'taken' });
    } finally {
      await open.close();
    }
  });
});

describe('a dump that names another server', () => {
  let server: PracticeServer;
  let station: TestStation;
  beforeAll(async () => {
    server = await startPracticeServer();
  });
  afterAll(() => server.close());
  beforeEach(async () => {
    station = await openTestStation({ practice: server });
  });
  afterEach(() => station.close());

  const fromElsewhere = () =>
    stationDump([report('r1'), report('r2')], { server: 'http://localhost:1/medic' });

  it('is set aside with that reason, and does not stop the others', async () => {
    expect(await station.take(fromElsewhere())).toMatchObject({
      outcome: 'taken',
      documents: { read: 2, new: 2 },
      problems: [{ code: 'wrong-server' }],
    });
    expect(await station.ask('station.status', {})).toMatchObject({
      onlyHere: null,
      toReview: 0,
      unfinished: 0,
    });
    expect(await station.take(stationDump([report('r3')]))).toMatchObject({ outcome: 'taken', problems: [] });
    const own = stationDump([report('r4')], { server: `${server.url}/medic` });
    expect(await station.take(own)).toMatchObject({ outcome: 'taken', documents: { new: 1 }, problems: [] });
  });

  it('or another database is set aside; the names that the app uses are not another one', async () => {
    for (const database of ['medic-sentinel', 'medic-user-chw1-meta', 'http://localhost:5984/_users']) {
      const dump = stationDump([report('r1')], { server: server.url, database });
      expect(await station.take(dump)).toMatchObject({
        outcome: 'failed',
        problems: [{ code: 'wrong-database' }],
      });
    }
    for (const [n, database] of ['medic', 'medic-user-chw1', `${server.url}/medic/`].entries()) {
      const dump = stationDump([report(`own-${n}`)], { server: server.url, database });
      expect(await station.take(dump)).toMatchObject({ outcome: 'taken' });
    }
  });
});
