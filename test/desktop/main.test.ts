import type { EventEmitter } from 'node:events';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { StationOptions } from '../../electron/station-api.ts';
import { FakeEvent, fakeElectron, FakePage, type FakeElectron, type FakeFrame } from './fake-electron.ts';
import { fakeStation, job, type FakeStation } from '../support/fake-station.ts';
import { eventually } from '../support/soon.ts';

let folder: string;
let electron: FakeElectron;
let station: FakeStation;
let opened: StationOptions[];
let failure: Error | null;

const FAILURES = ['unhandledRejection', 'uncaughtException'];
const heard = (name: string) => (process as EventEmitter).listeners(name);
const heardBefore = new Map(FAILURES.map((name) => [name, heard(name)]));

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'station-main-'));
  electron = fakeElectron();
  electron.app.setPath('userData', folder);
  station = fakeStation();
  opened = [];
  failure = null;
  vi.resetModules();
  vi.doMock('electron', () => electron);
  vi.doMock('../../electron/station.ts', () => ({
    openStation: async (options: StationOptions) => {
      opened.push(options);
      if (failure !== null) throw failure;
      return station;
    },
  }));
});

afterEach(() => {
  // The program listens for failures that nobody caught; the test runner's own listeners stay.
  for (const name of FAILURES) {
    for (const listener of heard(name)) {
      if (heardBefore.get(name)?.includes(listener) === false) {
        (process as EventEmitter).off(name, listener as () => void);
      }
    }
  }
  rmSync(folder, { recursive: true, force: true });
});

/** Runs the program until its window shows a page, or until it gave up. */
async function start() {
  await import('../../electron/main.ts');
  await eventually(() =>
    expect(
      electron.app.exitCode !== null ||
        electron.app.quits > 0 ||
        electron.played.windows[0]?.loaded.length === 1,
    ).toBe(true),
  );
}

function theWindow() {
  const [window] = electron.played.windows;
  if (window === undefined) throw new Error('no window was made');
  return window;
}

/** The program itself asks what runs. */
function askedByPages() {
  return station.asked.filter(({ name }) => name !== 'jobs.list' && name !== 'restore.get');
}

async function askFrom(sender: FakePage, senderFrame: FakeFrame | null, name = 'station.info') {
  return electron.played.requests.get('ask')?.({ sender, senderFrame }, name, {});
}

describe('the window', () => {
  test('has no Node, is isolated and sandboxed, and all of it is written out', async () => {
    await start();
    expect(theWindow().options.webPreferences).toMatchObject({
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      webviewTag: false,
      devTools: false,
      spellcheck: false,
    });
    expect(theWindow().options.webPreferences?.preload).toMatch(/preload\.cjs$/);
  });

  test('sandbox and scheme are set before the program is ready', async () => {
    await start();
    const { calls } = electron.app;
    expect(calls.indexOf('enableSandbox')).toBeLessThan(calls.indexOf('ready'));
    expect(calls.indexOf('registerSchemes')).toBeLessThan(calls.indexOf('ready'));
    expect(electron.played.schemes).toEqual([
      { scheme: 'app', privileges: { standard: true, secure: true, supportFetchAPI: true } },
    ]);
    expect([...electron.played.protocolHandlers.keys()]).toEqual(['app']);
  });

  test('shows the page of the program, once it is drawn, without a bar of menus', async () => {
    await start();
    expect(theWindow().loaded).toEqual(['app://station/']);
    expect(theWindow().visible).toBe(false);
    theWindow().emit('ready-to-show');
    expect(theWindow().visible).toBe(true);
    expect(theWindow().menuBar).toBe(false);
  });

  test('stands where it last stood', async () => {
    await start();
    theWindow().close();
    await eventually(() => expect(theWindow().destroyed).toBe(true));
    vi.resetModules();
    electron.played.windows.length = 0;
    await start();
    expect(theWindow().options).toMatchObject({ x: 10, y: 20, width: 900, height: 600 });
  });
});

describe('a page', () => {
  test.each(['will-navigate', 'will-frame-navigate', 'will-redirect', 'will-attach-webview'])(
    'cannot: %s',
    async (name) => {
      await start();
      const event = new FakeEvent();
      theWindow().webContents.emit(name, event, 'https://elsewhere.example/');
      expect(event.defaultPrevented).toBe(true);
    },
  );

  test('cannot open a window, and nor can a page that nobody of ours made', async () => {
    await start();
    const other = new FakePage();
    electron.app.emit('web-contents-created', {}, other);
    for (const page of [theWindow().webContents, other]) {
      expect(page.openHandler?.({ url: 'https://elsewhere.example/' })).toEqual({ action: 'deny' });
    }
  });

  test.each([
    ['clipboard-sanitized-write', 'app://station/', true, true],
    ['clipboard-sanitized-write', 'app://station', true, true],
    ['clipboard-sanitized-write', 'app://station/', false, false],
    ['clipboard-sanitized-write', 'app://station.elsewhere.example/', true, false],
    ['clipboard-sanitized-write', 'https://elsewhere.example/', true, false],
    ['clipboard-sanitized-write', '', true, false],
    ['clipboard-read', 'app://station/', true, false],
    ['media', 'app://station/', true, false],
    ['usb', 'app://station/', true, false],
  ])('asks for %s as %s, main frame %s: given %s', async (permission, url, isMainFrame, given) => {
    await start();
    const { defaultSession } = electron.played;
    const answers: unknown[] = [];
    const details = { requestingUrl: url, isMainFrame };
    defaultSession.permissionRequest?.({}, permission, (may: unknown) => answers.push(may), details);
    answers.push(defaultSession.permissionCheck?.({}, permission, url, details));
    expect(answers).toEqual([given, given]);
  });

  test('gets no device', async () => {
    await start();
    const { defaultSession } = electron.played;
    expect(defaultSession.devicePermission?.({ deviceType: 'usb', origin: 'app://station' })).toBe(false);
  });

  test.each([
    ['https://elsewhere.example/x.js', true],
    ['http://127.0.0.1:5984/', true],
    ['wss://elsewhere.example/', true],
    ['file:///etc/passwd', true],
    ['app://station/index.js', false],
    ['blob:app://station/0-1', false],
    ['data:image/png;base64,AA', false],
  ])('asks for %s: refused %s', async (url, refused) => {
    await start();
    const answers: unknown[] = [];
    electron.played.defaultSession.beforeRequest?.({ url }, (answer: unknown) => answers.push(answer));
    expect(answers).toEqual([{ cancel: refused }]);
  });

  test.each([
    ['blob:app://station/0-1', false],
    ['https://elsewhere.example/setup.exe', true],
    ['data:text/html,x', true],
  ])('saves %s: refused %s', async (url, refused) => {
    await start();
    const event = new FakeEvent();
    electron.played.defaultSession.emit('will-download', event, { getURL: () => url });
    expect(event.defaultPrevented).toBe(refused);
  });

  test('that died is drawn again, but not over and over', async () => {
    await start();
    const page = theWindow().webContents;
    page.emit('render-process-gone', {}, { reason: 'crashed', exitCode: 5 });
    page.emit('render-process-gone', {}, { reason: 'crashed', exitCode: 5 });
    expect(page.reloads).toBe(1);
  });
});

describe('a request', () => {
  test('of our page is answered by the station', async () => {
    await start();
    const page = theWindow().webContents;
    expect(await askFrom(page, page.mainFrame)).toEqual({ ok: true, value: { version: '1.2.3' } });
    expect(askedByPages()).toEqual([{ name: 'station.info', params: {} }]);
  });

  test('of anything else is refused and never reaches the station', async () => {
    await start();
    const page = theWindow().webContents;
    const refused = { ok: false, code: 'not-allowed' };
    expect(await askFrom(page, { origin: 'https://elsewhere.example', parent: null })).toEqual(refused);
    expect(await askFrom(page, { origin: 'app://other', parent: null })).toEqual(refused);
    expect(await askFrom(page, { origin: 'app://station', parent: page.mainFrame })).toEqual(refused);
    expect(await askFrom(page, null)).toEqual(refused);
    expect(await askFrom(new FakePage(), page.mainFrame)).toEqual(refused);
    expect(askedByPages()).toEqual([]);
  });

  test('goes through one channel', async () => {
    await start();
    expect([...electron.played.requests.keys()]).toEqual(['ask']);
  });
});

describe('an event of the station', () => {
  test('reaches the page, until the window is closed', async () => {
    await start();
    const { sent } = theWindow().webContents;
    station.tell('changed', { what: ['batches'] });
    station.tell('job', job({}));
    expect(sent).toEqual([
      ['event', 'changed', { what: ['batches'] }],
      ['event', 'job', job({})],
    ]);
    theWindow().close();
    // The program itself goes on listening, so that the computer stays awake.
    await eventually(() => expect(electron.played.requests.size).toBe(0));
    const before = sent.length;
    station.tell('changed', { what: ['batches'] });
    expect(sent).toHaveLength(before);
  });
});

describe('closing', () => {
  test('asks first while work is going on, and stays when told to', async () => {
    await start();
    station.jobs = [job({ done: 1204, total: 9310 })];
    theWindow().close();
    await eventually(() => expect(electron.played.questions).toHaveLength(1));
    expect(electron.played.questions[0]).toMatchObject({
      buttons: ['Keep working', 'Close anyway'],
      defaultId: 0,
      cancelId: 0,
    });
    expect(electron.played.questions[0]?.detail).toContain('1,204 of 9,310');
    expect(theWindow().destroyed).toBe(false);
  });

  test('asks in the language that the station is set to, whatever the computer speaks', async () => {
    await start();
    station.jobs = [job({})];
    station.language = 'fr';
    theWindow().close();
    await eventually(() => expect(electron.played.questions).toHaveLength(1));
    expect(electron.played.questions[0]?.buttons).toEqual(['Continuer', 'Fermer quand même']);
  });

  test('goes on when the person says so', async () => {
    await start();
    station.jobs = [job({})];
    electron.played.answers.messageBox = 1;
    theWindow().close();
    await eventually(() => expect(theWindow().destroyed).toBe(true));
  });

  test('asks while a backup is being restored, which is no job', async () => {
    await start();
    station.restore = { canChoose: true, file: null, progress: { kind: 'writing', done: 1, total: 2 } };
    theWindow().close();
    await eventually(() => expect(electron.played.questions).toHaveLength(1));
    expect(electron.played.questions[0]?.detail).toContain('A backup is being restored');
    expect(theWindow().destroyed).toBe(false);
  });

  test('does not ask when nothing is going on', async () => {
    await start();
    station.restore = { canChoose: true, file: null, progress: { kind: 'stopped' } };
    station.jobs = [job({ end: { kind: 'stopped' } })];
    theWindow().close();
    await eventually(() => expect(theWindow().destroyed).toBe(true));
    expect(electron.played.questions).toEqual([]);
  });

  test('waits until the station has closed its files', async () => {
    await start();
    const event = new FakeEvent();
    electron.app.emit('will-quit', event);
    expect(event.defaultPrevented).toBe(true);
    await eventually(() => expect(electron.app.quits).toBe(1));
    expect(station.closed).toBe(true);
    const second = new FakeEvent();
    electron.app.emit('will-quit', second);
    expect(second.defaultPrevented).toBe(false);
  });
});

describe('practice, in an installed program', () => {
  const ANNOUNCED = {
    url: 'http://127.0.0.1:5988',
    admin: { user: 'admin', password: 'x' },
    users: [{ user: 'chw1', password: 'y', facility: 'hc1' }],
    dumps: ['a.chtdump'],
    devices: 'devices',
    phone: { path: 'phone', user: 'chw4', household: 'Home' },
  };

  async function startPractising() {
    process.argv.push('--practice', '--port', '5988');
    vi.stubEnv('STATION_DATA', join(folder, 'real-records'));
    try {
      await import('../../electron/main.ts');
      await eventually(() => expect(electron.played.utilities).toHaveLength(1));
    } finally {
      process.argv.splice(-3);
    }
    const [utility] = electron.played.utilities;
    if (utility === undefined) throw new Error('no practice process was started');
    return utility;
  }
  afterEach(() => vi.unstubAllEnvs());

  test('has a server process and a folder of its own, never the one of the real records', async () => {
    const utility = await startPractising();
    expect(electron.app.isPackaged).toBe(true);
    expect(utility.module).toMatch(/practice-process\.js$/);
    expect(utility.args).toEqual(['--port', '5988']);
    utility.emit('message', ANNOUNCED);
    await eventually(() => expect(opened).toHaveLength(1));
    const own = electron.app.getPath('userData');
    expect(own).toContain('station-practice-');
    expect(own).not.toBe(folder);
    expect(utility.env).toMatchObject({ TMPDIR: own, TEMP: own, TMP: own });
    expect(opened[0]).toMatchObject({
      dataDir: join(own, 'station'),
      practice: {
        url: ANNOUNCED.url,
        users: [{ user: 'chw1', password: 'y' }],
        devices: 'devices',
        phone: ANNOUNCED.phone,
      },
    });
    expect(existsSync(own)).toBe(true);
    electron.app.emit('will-quit', new FakeEvent());
    await eventually(() => expect(electron.app.quits).toBe(1));
    expect(existsSync(own)).toBe(false);
  });

  test('whose server does not start says so and opens no station', async () => {
    const utility = await startPractising();
    utility.emit('exit', 1);
    await eventually(() => expect(electron.app.exitCode).toBe(1));
    expect(opened).toEqual([]);
    rmSync(electron.app.getPath('userData'), { recursive: true, force: true });
  });
});

describe('starting', () => {
  test('opens the station in the folder of the program, with its thread beside it', async () => {
    await start();
    expect(opened).toHaveLength(1);
    expect(opened[0]).toMatchObject({
      dataDir: join(folder, 'station'),
      carrier: 'electron',
      version: '1.2.3',
      practice: null,
    });
    expect(opened[0]?.replicaWorkerUrl.pathname).toMatch(/\/replica-worker\.js$/);
  });

  test('a second time only brings the first window forward', async () => {
    await start();
    theWindow().minimized = true;
    electron.app.emit('second-instance');
    expect(theWindow()).toMatchObject({ minimized: false, visible: true, focused: 1 });
  });

  test('a second time while the first one closes its files opens it again afterwards', async () => {
    await start();
    electron.app.emit('will-quit', new FakeEvent());
    electron.app.emit('second-instance');
    await eventually(() => expect(electron.app.quits).toBe(1));
    expect(electron.app.calls).toContain('relaunch');
  });

  test('beside a running one ends at once, and leaves its lock alone', async () => {
    electron.app.hasLock = false;
    const running = createServer().listen(join(folder, 'SingletonSocket'));
    symlinkSync(`another-name-${process.pid}`, join(folder, 'SingletonLock'));
    await start();
    running.close();
    expect(electron.app.quits).toBe(1);
    expect(opened).toEqual([]);
    expect(electron.played.windows).toEqual([]);
    expect(readlinkSync(join(folder, 'SingletonLock'))).toBe(`another-name-${process.pid}`);
  });

  test('where no lock can be made goes on: receipts can be read on a full disk too', async () => {
    if (process.platform === 'win32') return;
    electron.app.hasLock = false;
    await start();
    expect(opened).toHaveLength(1);
    expect(theWindow().loaded).toEqual(['app://station/']);
  });

  test('beside the lock of a dead one goes on', async () => {
    electron.app.hasLock = false;
    electron.app.requestSingleInstanceLock = () => !readdirSync(folder).includes('SingletonLock');
    // The computer had another name when it lost its power.
    symlinkSync('another-name-4711', join(folder, 'SingletonLock'));
    symlinkSync(join(folder, 'gone', 'SingletonSocket'), join(folder, 'SingletonSocket'));
    await start();
    expect(opened).toHaveLength(1);
    expect(theWindow().loaded).toEqual(['app://station/']);
  });

  test.each([
    [
      'a folder that cannot be written',
      Object.assign(new Error('no'), { code: 'EACCES', path: '/srv/station' }),
      'The station cannot write to its data folder.',
      '/srv/station',
    ],
    [
      'a full disk',
      Object.assign(new Error('no'), { code: 'ENOSPC' }),
      'The disk of this computer is full.',
      '',
    ],
    ['anything else', new TypeError('what is this'), 'Something went wrong inside the station.', ''],
  ])('with %s says so', async (_what, thrown, sentence, detail) => {
    failure = thrown;
    await start();
    expect(electron.app.exitCode).toBe(1);
    expect(electron.played.errorBoxes).toHaveLength(1);
    expect(electron.played.errorBoxes[0]?.[0]).toBe(sentence);
    expect(electron.played.errorBoxes[0]?.[1]).toContain(detail);
    // What a failure says of itself may be a path or a name.
    expect(electron.played.errorBoxes.join(' ')).not.toContain('what is this');
  });

  test.each([
    ['remote-debugging-port', undefined],
    ['no-sandbox', undefined],
    ['js-flags', undefined],
    [undefined, '--inspect-brk=0'],
  ])('with a switch that opens the window (%s %s) does not start, and says so', async (name, word) => {
    if (name !== undefined) electron.app.switches.add(name);
    const before = process.argv;
    if (word !== undefined) process.argv = [...before, word];
    try {
      await start();
    } finally {
      process.argv = before;
    }
    expect(electron.app.exitCode).toBe(1);
    expect(opened).toEqual([]);
    expect(electron.played.windows).toEqual([]);
    const [[sentence = '', more = ''] = []] = electron.played.errorBoxes;
    expect(sentence).toContain('opens its window to others');
    expect(more).toContain(`--${name ?? 'inspect-brk'}`);
  });

  test('from the sources takes the switches of developers', async () => {
    electron.app.isPackaged = false;
    electron.app.switches.add('remote-debugging-port');
    await start();
    expect(theWindow().loaded).toEqual(['app://station/']);
  });

  test('goes on where no log can be written', async () => {
    writeFileSync(join(folder, 'logs'), 'a file in its place');
    await start();
    expect(theWindow().loaded).toEqual(['app://station/']);
  });

  test('keeps the computer awake while something is done, and no longer', async () => {
    station.jobs = [job({ job: 'restore-1', kind: 'restore' })];
    await start();
    await eventually(() => expect(electron.played.awake.size).toBe(1));
    expect(electron.app.calls).toContain('powerSaveBlocker prevent-app-suspension');
    station.tell('job', job({ job: 'restore-1', kind: 'restore', end: { kind: 'stopped' } }));
    expect(electron.played.awake.size).toBe(0);
  });

  test('that cannot go on says why in a plain sentence', async () => {
    // The program's own class: the modules were loaded anew for this test.
    const { StationError } = await import('../../shared/errors.ts');
    failure = new StationError('data-too-new');
    await start();
    expect(electron.app.exitCode).toBe(1);
    expect(electron.played.errorBoxes).toEqual([
      ['This data folder was written by a newer station.', 'Install the newer version of the station.'],
    ]);
  });

  test('is told of the battery, the key store and the proxy of this computer', async () => {
    await start();
    const [{ power, secrets, systemProxy } = {}] = opened;
    expect(power?.saving()).toBe(false);
    expect(electron.powerMonitor.eventNames()).toEqual(['on-battery', 'on-ac', 'resume']);
    // A desktop without a keyring keeps nothing.
    expect(await secrets?.mayKeep()).toMatchObject({ kind: 'no' });
    expect(await systemProxy?.('https://cht.example.org/')).toBe('PROXY cht.example.org:3128');
  });

  test('lets the person choose a folder, or think better of it', async () => {
    await start();
    electron.played.answers.openDialog = { canceled: false, filePaths: ['/media/stick'] };
    expect(await opened[0]?.choose?.('folder')).toBe('/media/stick');
    electron.played.answers.openDialog = { canceled: true, filePaths: [] };
    expect(await opened[0]?.choose?.('folder')).toBeNull();
  });
});
