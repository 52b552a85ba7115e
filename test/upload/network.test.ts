/**
 * The network as the computer is set up: whom it trusts, and its proxy. Each kind of certificate that proves
 * nothing has its own words and is never passed over: not one request reaches such a server.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { proxyOf } from '../../electron/upload/network.ts';
import { startPracticeServer, type PracticeServer } from '../../electron/practice/server.ts';
import { makeAuthority, type Authority, type Certificate } from '../support/certificates.ts';
import { runJson } from '../support/cli.ts';
import { document } from '../support/documents.ts';
import { stationDump } from '../support/dumps.ts';
import { leavesAt } from '../support/edits.ts';
import { signInAs } from '../support/uploads.ts';
import { startConnectProxy, startTls, type Listening } from '../support/tls.ts';
import { writeFile } from 'node:fs/promises';

const CHILD = fileURLToPath(new URL('network-child.ts', import.meta.url));
/** What the program of network-child.ts says where it found a server. */
const FOUND = 'found';
/** A name that no one can look up: only a proxy finds it. */
const NAME = 'cht.station.test';

let folder: string;
let server: PracticeServer;
let ours: Authority;
let strangers: Authority;
const open: Listening[] = [];
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'station-tls-'));
  server = await startPracticeServer();
  ours = makeAuthority(join(folder, 'ours'));
  strangers = makeAuthority(join(folder, 'strangers'));
});
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

const behindTls = async (certificate: Certificate): Promise<Listening> => {
  const tls = await startTls(certificate, server.url);
  open.push(tls);
  return tls;
};
const proxyTo = async ({ port }: Listening, refuse?: number): Promise<Listening> => {
  const proxy = await startConnectProxy(port, refuse);
  open.push(proxy);
  return proxy;
};
const at = ({ port }: Listening): string => `https://127.0.0.1:${port}`;

/** As a computer that trusts what the file of authorities says, and nothing of the tests' own environment. */
const SYSTEM = (file: string) => ({ SSL_CERT_FILE: file, SSL_CERT_DIR: '/nowhere' });
async function askAs(env: Readonly<Record<string, string>>, ...urls: string[]) {
  const { PATH } = process.env;
  const { stdout } = await promisify(execFile)(process.execPath, [CHILD, ...urls], { env: { PATH, ...env } });
  return JSON.parse(stdout) as { answers: string[]; log: string[] };
}

describe('a certificate that proves nothing', () => {
  test.each([
    ['for another name', 'tls-other-name', () => ours.issue('elsewhere.example.org')],
    [
      'that is over',
      'tls-date',
      () => ours.issue('127.0.0.1', { from: '20200101000000Z', until: '20210101000000Z' }),
    ],
    [
      'that has not begun',
      'tls-date',
      () => ours.issue('127.0.0.1', { from: '20980101000000Z', until: '20990101000000Z' }),
    ],
    ['of an authority that nobody knows', 'tls-unknown-issuer', () => strangers.issue('127.0.0.1')],
  ] as const)('%s: %s, and nothing is asked of that server', async (_, code, issue) => {
    const tls = await behindTls(issue());
    expect((await askAs(SYSTEM(ours.file), at(tls))).answers).toEqual([code]);
    // A setting that turns the checks of Node off turns nothing off here.
    const { answers, log } = await askAs(
      { ...SYSTEM(ours.file), NODE_TLS_REJECT_UNAUTHORIZED: '0' },
      at(tls),
    );
    expect(answers).toEqual([code]);
    expect(log.join()).toContain('NODE_TLS_REJECT_UNAUTHORIZED');
    expect(tls.seen).toEqual([]);
  });

  test('no TLS where TLS is expected', async () => {
    const plain = server.url.replace('http:', 'https:');
    expect((await askAs(SYSTEM(ours.file), plain)).answers).toEqual(['tls-failed']);
  });
});

describe('an authority of the organisation', () => {
  test('is trusted where the system trusts it, or where Node is told of it', async () => {
    const tls = await behindTls(ours.issue('127.0.0.1'));
    expect((await askAs(SYSTEM(ours.file), at(tls))).answers).toEqual([FOUND]);
    expect((await askAs({ NODE_EXTRA_CA_CERTS: ours.file }, at(tls))).answers).toEqual([FOUND]);
    expect((await askAs({}, at(tls))).answers).toEqual(['tls-unknown-issuer']);
  });
});

describe('a proxy', () => {
  test('is used as the settings say, for every server but those that are left out', async () => {
    const tls = await behindTls(ours.issue(NAME));
    const proxy = await proxyTo(tls);
    const env = { ...SYSTEM(ours.file), HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` };
    expect((await askAs(env, `https://${NAME}`)).answers).toEqual([FOUND]);
    expect(proxy.seen).toEqual([`${NAME}:443`]);
    const direct = await behindTls(ours.issue('127.0.0.1'));
    expect((await askAs({ ...env, NO_PROXY: '127.0.0.1' }, at(direct))).answers).toEqual([FOUND]);
    expect(proxy.seen).toHaveLength(1);
    expect((await askAs(SYSTEM(ours.file), `https://${NAME}`)).answers).toEqual(['offline']);
  });

  test('of the system is used where the environment names none', async () => {
    const tls = await behindTls(ours.issue(NAME));
    const [proxy, other] = [await proxyTo(tls), await proxyTo(tls)];
    const env = { ...SYSTEM(ours.file), SYSTEM_PROXY: `PROXY 127.0.0.1:${proxy.port}; DIRECT` };
    expect((await askAs(env, `https://${NAME}`)).answers).toEqual([FOUND]);
    const named = { ...env, HTTPS_PROXY: `http://127.0.0.1:${other.port}` };
    expect((await askAs(named, `https://${NAME}`)).answers).toEqual([FOUND]);
    expect([proxy.seen.length, other.seen.length]).toEqual([1, 1]);
  });

  test.each([
    ['DIRECT', null],
    ['', null],
    ['PROXY proxy.example.org:3128; DIRECT', 'http://proxy.example.org:3128'],
    ['HTTPS proxy.example.org:443', 'https://proxy.example.org:443'],
    ['SOCKS5 old:1080; PROXY new:3128', 'http://new:3128'],
    ['DIRECT; PROXY late:3128', null],
  ])('"%s" means %s', (answer, proxy) => expect(proxyOf(answer)).toBe(proxy));

  test('proves nothing for the server behind it', async () => {
    const tls = await behindTls(strangers.issue(NAME));
    const proxy = await proxyTo(tls);
    const env = { ...SYSTEM(ours.file), HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` };
    expect((await askAs(env, `https://${NAME}`)).answers).toEqual(['tls-unknown-issuer']);
    expect(tls.seen).toEqual([]);
  });

  test.each([403, 407])('that says %d is no way to the server', async (status) => {
    const tls = await behindTls(ours.issue(NAME));
    const proxy = await proxyTo(tls, status);
    const env = { ...SYSTEM(ours.file), HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` };
    expect((await askAs(env, `https://${NAME}`)).answers).toEqual(['offline']);
    expect(tls.seen).toEqual([]);
  });
});

test('a whole upload goes over TLS and through the proxy, and nothing goes past it', async () => {
  const tls = await behindTls(ours.issue(NAME));
  const proxy = await proxyTo(tls);
  const { user, password } = signInAs(server, 'chw1');
  const env = {
    ...SYSTEM(ours.file),
    HTTPS_PROXY: `http://127.0.0.1:${proxy.port}`,
    NODE_EXTRA_CA_CERTS: undefined,
    STATION_PASSWORD: password,
    STATION_DATA: join(folder, 'data'),
  };
  const dump = join(folder, 'dump.json');
  const visit = document('through-the-proxy', {
    type: 'data_record',
    form: 'home_visit',
    contact: { _id: 'hc1-chw1' },
    fields: { patient_id: 'hc1-area-1-home-1-person-1' },
  });
  await writeFile(dump, stationDump([visit]));
  const run = (...words: string[]) => runJson(words, { env });
  const url = `https://${NAME}`;
  expect((await run('server', 'set', url)).value).toMatchObject({ url, reachable: true });
  const { value } = await run('import', dump);
  const [{ batch }] = value['imports'] as [{ batch: string }];
  expect((await run('compare', '--as', user)).code).toBe(0);
  expect((await run('approve', batch)).code).toBe(0);
  expect((await run('upload', batch, '--as', user)).value).toMatchObject({ sent: 1, accepted: 1 });
  expect((await leavesAt(server, 'through-the-proxy')).live).toHaveLength(1);
  expect(new Set(proxy.seen)).toEqual(new Set([`${NAME}:443`]));
  expect(tls.seen).toContain('POST /medic/_bulk_docs');
});
