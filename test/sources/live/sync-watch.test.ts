/** Which requests an app's sync cannot do without. */
import { expect, test } from 'vitest';
import { failsSync } from '../../../electron/sources/live/sync-watch.ts';

test.each([
  ['POST', '/medic/_bulk_docs', 500, true],
  ['POST', '/medic/_bulk_docs', 201, false],
  ['POST', '/medic/_revs_diff', null, true],
  ['POST', '/medic/_bulk_get?revs=true', 404, true],
  ['GET', '/medic/', 403, true],
  ['GET', '/medic/_changes?since=1', 503, true],
  // A checkpoint that nobody has written yet, and one that was written meanwhile.
  ['GET', '/medic/_local/abc', 404, false],
  ['PUT', '/medic/_local/abc', 409, false],
  ['PUT', '/medic/_local/abc', 500, true],
  ['GET', '/api/v1/replication/get-ids', 404, true],
  ['POST', '/api/v1/replication/get-deletes', null, true],
  // What a page asks for beside it.
  ['GET', '/medic-user-chw1-meta/_local/abc', null, false],
  ['GET', '/api/v1/users-doc-count', 500, false],
  ['GET', '/medicine', 500, false],
])('%s %s with %s: %s', (method, path, status, fails) => {
  expect(failsSync({ method, path }, status)).toBe(fails);
});
