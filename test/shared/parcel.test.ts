/** Where a parcel may write: only where everything that the phone has of a document is on the server. */
import { expect, it } from 'vitest';
import { isConfiguration, isProgram, mayWrite } from '../../shared/parcel.ts';
import { chain, rev } from '../support/revisions.ts';

const history = chain('abc');

it('a document that the phone lacks may be written', () => {
  expect(mayWrite({ history, leaves: [] }, [])).toBe(true);
});

it('one that the server made its version of may be, whether the phone was known to have it or not', () => {
  expect(mayWrite({ history, leaves: [] }, [history[1] ?? ''])).toBe(true);
  expect(mayWrite({ history, leaves: [] }, [history[2] ?? ''])).toBe(true);
});

it('one of which all branches were proven may be', () => {
  const branches = [rev(2, 'x'), rev(3, 'y')];
  expect(mayWrite({ history, leaves: branches }, branches)).toBe(true);
  expect(mayWrite({ history, leaves: branches }, [...branches, history[0] ?? ''])).toBe(true);
});

it('one with a single branch that nobody knows may not be, whatever else it has', () => {
  const [known, edit] = [rev(2, 'x'), rev(3, 'unsent')];
  expect(mayWrite({ history, leaves: [known] }, [edit])).toBe(false);
  expect(mayWrite({ history, leaves: [known] }, [known, edit])).toBe(false);
  expect(mayWrite({ history, leaves: [] }, [...history, edit])).toBe(false);
});

it('the program of the app never comes this way, and configuration is known', () => {
  for (const id of ['_design/medic-client', '_local/x', 'service-worker-meta', 'token:login:x'])
    expect(isProgram(id), id).toBe(true);
  for (const id of [
    'settings',
    'form:pregnancy',
    'messages-fr',
    'ui-extension:x',
    'resources',
    'extension-libs',
  ])
    expect([isProgram(id), isConfiguration(id)], id).toEqual([false, true]);
  for (const id of ['form', 'a form:x', 'org.couchdb.user:chw1', 'task~x'])
    expect([isProgram(id), isConfiguration(id)], id).toEqual([false, false]);
});
