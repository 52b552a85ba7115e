/**
 * What the built program gets for `electron` when plain Node runs it: the fake of the unit tests. Once the
 * window shows its page, this plays the page and then the end, and says on standard output what came.
 */
import { fork } from 'node:child_process';
import { FakeEvent, fakeElectron } from '../desktop/fake-electron.ts';

const electron = fakeElectron();
electron.app.setPath('userData', process.env['STAND_IN_USER_DATA'] ?? '');

export const { app, BrowserWindow, session, ipcMain, protocol, dialog, Menu, nativeTheme, screen } = electron;
export const { powerMonitor, powerSaveBlocker, safeStorage, shell } = electron;

/** A utility process is played by a forked one: the built module is the real one. */
export const utilityProcess = {
  fork: (module: string, args: string[], { env }: { env?: NodeJS.ProcessEnv }) => {
    const child = fork(module, args, {
      ...(env === undefined ? {} : { env }),
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    return Object.assign(child, { postMessage: (message: object) => void child.send(message, () => {}) });
  },
};

async function ask(name: string, params: unknown = {}): Promise<unknown> {
  const [window] = electron.played.windows;
  const sender = window?.webContents;
  return electron.played.requests.get('ask')?.({ sender, senderFrame: sender?.mainFrame }, name, params);
}

function layerOf(answer: unknown): string | null {
  return (answer as { value?: { layer?: { kind: string } } }).value?.layer?.kind ?? null;
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 20));
}

async function play(): Promise<void> {
  await until(() => app.exitCode !== null || electron.played.windows[0]?.loaded.length === 1);
  const { errorBoxes, windows, protocolHandlers } = electron.played;
  const page = await protocolHandlers.get('app')?.({ url: 'app://station/', method: 'GET' });
  // The first start, as somebody does it in the window; where the program could not start, nobody answers.
  if (app.exitCode === null) {
    const admin = { name: 'Packer', secret: 'a long passphrase' };
    await ask('desk.set-up', { language: null, station: 'Package', place: '', ...admin });
  }
  let layer: unknown = null;
  while (app.exitCode === null) {
    layer = layerOf(await ask('sources.list'));
    if (layer !== 'starting') break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const told = {
    exitCode: app.exitCode,
    errorBoxes,
    loaded: windows[0]?.loaded,
    page: page instanceof Response ? page.status : null,
    info: app.exitCode === null ? await ask('station.info') : null,
    layer,
    server: app.exitCode === null ? await ask('server.get') : null,
    status: app.exitCode === null ? await ask('station.status') : null,
  };
  app.emit('will-quit', new FakeEvent());
  await until(() => app.exitCode !== null || app.quits > 0);
  process.stdout.write(`${JSON.stringify(told)}\n`);
}

void play();
