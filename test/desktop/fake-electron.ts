/**
 * As much of Electron as the desktop shell uses, without its binary. It records what it was told and lets a
 * test play the system: pages that are made, events, the answers of dialogs.
 */
import { EventEmitter } from 'node:events';
import type { BrowserWindowConstructorOptions, MessageBoxOptions } from 'electron';

type Handler = (...args: unknown[]) => unknown;

/** A frame of a page, as the sender of a request. */
export interface FakeFrame {
  readonly origin: string;
  readonly parent: FakeFrame | null;
}

export class FakePage extends EventEmitter {
  readonly mainFrame: FakeFrame = { origin: 'app://station', parent: null };
  readonly sent: unknown[][] = [];
  reloads = 0;
  openHandler: ((details: { readonly url: string }) => { readonly action: string }) | null = null;

  setWindowOpenHandler(handler: NonNullable<FakePage['openHandler']>): void {
    this.openHandler = handler;
  }
  send(...args: unknown[]): void {
    this.sent.push(args);
  }
  reload(): void {
    this.reloads += 1;
  }
}

/** What an event may be told: not to happen. */
export class FakeEvent {
  defaultPrevented = false;
  preventDefault(): void {
    this.defaultPrevented = true;
  }
}

export class FakeWindow extends EventEmitter {
  readonly webContents = new FakePage();
  readonly options: BrowserWindowConstructorOptions;
  readonly loaded: string[] = [];
  visible = false;
  focused = 0;
  minimized = false;
  destroyed = false;
  menuBar = true;

  constructor(options: BrowserWindowConstructorOptions) {
    super();
    this.options = options;
  }
  async loadURL(url: string): Promise<void> {
    this.loaded.push(url);
  }
  show(): void {
    this.visible = true;
  }
  focus(): void {
    this.focused += 1;
  }
  maximize(): void {}
  restore(): void {
    this.minimized = false;
  }
  isMinimized(): boolean {
    return this.minimized;
  }
  isMaximized(): boolean {
    return false;
  }
  isDestroyed(): boolean {
    return this.destroyed;
  }
  setMenuBarVisibility(visible: boolean): void {
    this.menuBar = visible;
  }
  getNormalBounds() {
    return { x: 10, y: 20, width: 900, height: 600 };
  }
  /** As Electron does: whoever listens may prevent it; otherwise the window is gone. */
  close(): void {
    const event = new FakeEvent();
    this.emit('close', event);
    if (event.defaultPrevented) return;
    this.destroyed = true;
    this.emit('closed');
  }
}

class FakeApp extends EventEmitter {
  readonly calls: string[] = [];
  readonly paths = new Map<string, string>();
  isPackaged = true;
  hasLock = true;
  exitCode: number | null = null;
  readonly switches = new Set<string>();
  readonly commandLine = { hasSwitch: (name: string) => this.switches.has(name) };
  quits = 0;
  locale = 'en-GB';

  enableSandbox(): void {
    this.calls.push('enableSandbox');
  }
  requestSingleInstanceLock(): boolean {
    this.calls.push('requestSingleInstanceLock');
    return this.hasLock;
  }
  async whenReady(): Promise<void> {
    this.calls.push('ready');
  }
  getPath(name: string): string {
    return this.paths.get(name) ?? '';
  }
  setPath(name: string, path: string): void {
    this.paths.set(name, path);
  }
  getVersion(): string {
    return '1.2.3';
  }
  getLocale(): string {
    return this.locale;
  }
  getAppPath(): string {
    return process.cwd();
  }
  quit(): void {
    this.quits += 1;
  }
  relaunch(): void {
    this.calls.push('relaunch');
  }
  exit(code: number): void {
    this.exitCode = code;
  }
}

class FakeSession extends EventEmitter {
  permissionRequest: Handler | null = null;
  permissionCheck: Handler | null = null;
  devicePermission: Handler | null = null;
  beforeRequest: Handler | null = null;
  readonly webRequest = {
    onBeforeRequest: (handler: Handler) => {
      this.beforeRequest = handler;
    },
  };

  async resolveProxy(url: string): Promise<string> {
    return `PROXY ${new URL(url).hostname}:3128`;
  }
  setPermissionRequestHandler(handler: Handler): void {
    this.permissionRequest = handler;
  }
  setPermissionCheckHandler(handler: Handler): void {
    this.permissionCheck = handler;
  }
  setDevicePermissionHandler(handler: Handler): void {
    this.devicePermission = handler;
  }
}

/** A utility process that a test plays: what it was started with, what it says, whether it was ended. */
export class FakeUtility extends EventEmitter {
  readonly module: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly pid = 4711;
  constructor(module: string, args: readonly string[], env: NodeJS.ProcessEnv) {
    super();
    this.module = module;
    this.args = args;
    this.env = env;
  }
  postMessage(): void {}
  kill(): void {
    queueMicrotask(() => this.emit('exit', 0));
  }
}

/** One Electron for one test. The members that Electron has carry its names; the others play the system. */
export function fakeElectron() {
  const app = new FakeApp();
  const defaultSession = new FakeSession();
  const windows: FakeWindow[] = [];
  const requests = new Map<string, Handler>();
  const utilities: FakeUtility[] = [];
  const schemes: { readonly scheme: string }[] = [];
  const protocolHandlers = new Map<string, Handler>();
  const errorBoxes: string[][] = [];
  const questions: MessageBoxOptions[] = [];
  /** Blockers of sleep that were started and not stopped. */
  const awake = new Set<number>();
  const answers = { messageBox: 0, openDialog: { canceled: true, filePaths: [] as string[] } };
  const BrowserWindow = class extends FakeWindow {
    constructor(options: BrowserWindowConstructorOptions) {
      super(options);
      windows.push(this);
      app.emit('web-contents-created', {}, this.webContents);
    }
  };
  return {
    app,
    BrowserWindow,
    session: { defaultSession },
    utilityProcess: {
      fork: (module: string, args: readonly string[], { env = {} }: { env?: NodeJS.ProcessEnv }) => {
        const utility = new FakeUtility(module, args, env);
        utilities.push(utility);
        return utility;
      },
    },
    ipcMain: {
      handle: (name: string, handler: Handler) => requests.set(name, handler),
      removeHandler: (name: string) => requests.delete(name),
    },
    protocol: {
      registerSchemesAsPrivileged: (added: { readonly scheme: string }[]) => {
        app.calls.push('registerSchemes');
        schemes.push(...added);
      },
      handle: (scheme: string, handler: Handler) => protocolHandlers.set(scheme, handler),
    },
    dialog: {
      showErrorBox: (title: string, text: string) => errorBoxes.push([title, text]),
      showMessageBox: async (_window: unknown, options: MessageBoxOptions) => {
        questions.push(options);
        return { response: answers.messageBox };
      },
      showOpenDialog: async () => answers.openDialog,
    },
    Menu: { buildFromTemplate: (template: unknown) => template, setApplicationMenu: () => undefined },
    powerMonitor: new EventEmitter(),
    powerSaveBlocker: {
      start: (type: string) => {
        app.calls.push(`powerSaveBlocker ${type}`);
        awake.add(app.calls.length);
        return app.calls.length;
      },
      stop: (id: number) => awake.delete(id),
    },
    safeStorage: {
      getSelectedStorageBackend: () => 'basic_text',
      isAsyncEncryptionAvailable: async () => false,
    },
    shell: {
      openPath: async (path: string) => {
        app.calls.push(`openPath ${path}`);
        return '';
      },
    },
    nativeTheme: { shouldUseDarkColors: false },
    screen: { getAllDisplays: () => [{ workArea: { x: 0, y: 0, width: 1366, height: 728 } }] },
    played: {
      windows,
      utilities,
      requests,
      schemes,
      protocolHandlers,
      errorBoxes,
      questions,
      awake,
      answers,
      defaultSession,
    },
  };
}

export type FakeElectron = ReturnType<typeof fakeElectron>;
