/** The gate of a phone's sync: what a page may ask for through the station, and everything else that it could try. */
import { expect, test } from 'vitest';
import { appPath } from '../../../electron/sources/live/app-paths.ts';
import { judge } from '../../../electron/sources/live/paused-request.ts';

const SERVER = 'https://cht.example.org';
const APP = { server: SERVER, user: 'chw1' };

test.each([
  ['GET', '/_session'],
  ['GET', '/dbinfo'],
  ['GET', '/medic/'],
  ['GET', '/medic'],
  ['GET', '/medic/_local/Qj3.x%3D%3D'],
  ['PUT', '/medic/_local/Qj3.x%3D%3D'],
  ['POST', '/medic/_revs_diff'],
  ['POST', '/medic/_bulk_docs'],
  ['POST', '/medic/_bulk_get?attachments=true&revs=true'],
  ['GET', '/medic/_changes?style=all_docs&since=0'],
  ['GET', '/medic/_design/medic-client'],
  ['GET', '/medic/org.couchdb.user%3Achw1?revs=true'],
  ['GET', '/medic/report-1/user-file/photo.png'],
  ['POST', '/medic-user-chw1-meta/_bulk_docs'],
  ['GET', '/api/v1/replication/get-ids'],
  ['POST', '/api/v1/replication/get-deletes'],
])('%s %s is of a sync', (method, path) => {
  expect(appPath(method, SERVER + path, APP)).toMatchObject({ method, path });
});

test('what writes is known by what it writes', () => {
  const writes = (path: string, method = 'POST') => appPath(method, SERVER + path, APP)?.writes;
  expect(writes('/medic/_bulk_docs')).toBe('records');
  expect(writes('/medic/_bulk_docs/')).toBe('records');
  expect(writes('/medic/%5Fbulk_docs')).toBe('records');
  expect(writes('/%6dedic/_bulk_docs?x=1')).toBe('records');
  expect(writes('/medic-user-chw1-meta/_bulk_docs')).toBe('meta');
  expect(writes('/medic-user-chw1-meta/%5fbulk_docs/')).toBe('meta');
  expect(writes('/medic/_local/x', 'PUT')).toBe('checkpoint');
  expect(writes('/medic-user-chw1-meta/_local/x', 'PUT')).toBe('checkpoint');
  for (const path of ['/medic/_revs_diff', '/medic/_bulk_get', '/medic/_changes', '/medic/_all_docs'])
    expect(writes(path)).toBeNull();
  expect(writes('/api/v1/replication/get-deletes')).toBeNull();
});

test.each([
  'http://cht.example.org/medic/',
  'https://cht.example.org.evil.test/medic/',
  'https://cht.example.org:444/medic/',
  'https://cht.example.org@evil.test/medic/',
  'https://user@cht.example.org/medic/',
  'https://CHT.example.org/medic/',
  '//cht.example.org/medic/',
  'https://cht.example.org',
  `${SERVER}/`,
  `${SERVER}//medic/`,
  `${SERVER}/_users/x`,
  `${SERVER}/_all_dbs`,
  `${SERVER}/_node/_local/_config`,
  `${SERVER}/medic/../_users/x`,
  `${SERVER}/medic/%2e%2e/_users`,
  `${SERVER}/medic/.%2e/_users`,
  `${SERVER}/medic/%252e%252e/_users`,
  `${SERVER}/medic/..%2f_users`,
  `${SERVER}/medic/a%2f..%2f..%2f_users`,
  `${SERVER}/medic/a%5c..%5c_users`,
  `${SERVER}/medic\\..\\_users`,
  `${SERVER}/medic/a%0d%0aHost:%20evil.test`,
  `${SERVER}/medic/a\r\nHost: evil.test`,
  `${SERVER}/medic/a b`,
  `${SERVER}/medic/a#b`,
  `${SERVER}/medic/%zz`,
  `${SERVER}/medic/%ff`,
  `${SERVER}/medic/a%00`,
  `${SERVER}/medic/_security`,
  `${SERVER}/medic/_design/medic/_rewrite/x`,
  `${SERVER}/medic/_design/medic/_view/x`,
  `${SERVER}/medic/login`,
  `${SERVER}/medic/login/token/x`,
  `${SERVER}/medic/password-reset`,
  `${SERVER}/medic-user-chw2-meta/_all_docs`,
  `${SERVER}/medic-user-chw1-meta-x/_all_docs`,
  `${SERVER}/medicx/_changes`,
  `${SERVER}/medic-sentinel/_changes`,
  `${SERVER}/${'medic/'.repeat(2000)}`,
])('GET %s is not', (url) => {
  expect(appPath('GET', url, APP)).toBeNull();
});

test.each([
  ['POST', '/medic'],
  ['POST', '/medic/'],
  ['PUT', '/medic/a-record'],
  ['DELETE', '/medic/a-record?rev=1-a'],
  ['COPY', '/medic/a-record'],
  ['POST', '/medic/_purge'],
  ['POST', '/medic/_find'],
  ['POST', '/medic/_bulk_docs/x'],
  ['PUT', '/medic/_bulk_docs'],
  ['PUT', '/medic/_design/x'],
  ['PUT', '/medic/_local/a/b'],
  ['POST', '/medic/login'],
  ['DELETE', '/_session'],
  ['POST', '/_session'],
  ['POST', '/api/v1/users'],
  ['POST', '/api/v1/users/chw1'],
  ['DELETE', '/api/v1/replication/get-ids'],
  ['PUT', '/api/v1/settings'],
  ['CONNECT', '/medic/'],
])('%s %s is not', (method, path) => {
  expect(appPath(method, SERVER + path, APP)).toBeNull();
});

const FRAME = 'F1';
const paused = (request: object, more: object = {}) => ({
  requestId: '1',
  frameId: FRAME,
  resourceType: 'Fetch',
  request: { url: `${SERVER}/medic/_revs_diff`, method: 'POST', headers: {}, ...request },
  ...more,
});
const bytes = (text: string) => ({ bytes: Buffer.from(text).toString('base64') });

test('a request is sent byte for byte, without what belongs to the connection', () => {
  const judged = judge(
    paused({
      headers: {
        Accept: 'application/json',
        Cookie: 'AuthSession=x',
        Host: 'evil.test',
        Connection: 'upgrade',
        'Content-Length': '3',
        'X-Forwarded-For': '10.0.0.1',
        'X-HTTP-Method-Override': 'DELETE',
        'Proxy-Authorization': 'Basic eA==',
      },
      hasPostData: true,
      postData: 'ignored',
      postDataEntries: [bytes('{"é":'), bytes('"🌍"}')],
    }),
    FRAME,
    APP,
  );
  if (judged.kind !== 'send') throw new Error(judged.kind);
  const { body, headers } = judged.request;
  expect(Buffer.concat(body?.blocks ?? []).toString()).toBe('{"é":"🌍"}');
  expect(headers).toEqual([
    ['Accept', 'application/json'],
    ['Cookie', 'AuthSession=x'],
  ]);
});

test.each([
  ['a part of a body without its bytes', { hasPostData: true, postDataEntries: [bytes('{'), {}] }],
  [
    'a body that no server takes',
    { hasPostData: true, postDataEntries: [bytes('x'.repeat(34 * 1024 * 1024))] },
  ],
  ['another sign-in', { headers: { Authorization: 'Basic eA==' } }],
  ['a sign-in for a proxy', { headers: { 'X-Auth-CouchDB-UserName': 'admin' } }],
  ['a header with a line of its own', { headers: { 'X-A': 'b\r\nHost: evil.test' } }],
  ['a header whose name is none', { headers: { 'X-A: b\r\nX-B': 'c' } }],
  [
    'too many headers',
    { headers: Object.fromEntries(Array.from({ length: 101 }, (_, at) => [`X-${at}`, ''])) },
  ],
  ['a header without end', { headers: { 'X-A': 'x'.repeat(40_000) } }],
])('%s does not leave', (_what, request) => {
  expect(judge(paused(request), FRAME, APP)).toEqual({ kind: 'fail' });
});

test.each([
  ['not at all', { hasPostData: true }],
  ['as text only, which may be shortened', { hasPostData: true, postData: '{}' }],
])('a body that is shown %s can never leave', (_how, request) => {
  expect(judge(paused(request), FRAME, APP)).toEqual({ kind: 'unseen' });
});

test.each([
  ['of a frame within the page', { frameId: 'F2' }],
  ['of no frame', { frameId: undefined }],
  ['for a document', { resourceType: 'Document' }],
  ['for a picture', { resourceType: 'Image' }],
  ['for a socket', { resourceType: 'WebSocket' }],
  ['of which nothing is known', { request: undefined }],
])('a request %s is no business of the station', (_what, more) => {
  expect(judge(paused({}, more), FRAME, APP)).toEqual({ kind: 'leave' });
});
