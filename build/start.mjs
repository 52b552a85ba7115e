// Starts the station: installs and builds what is missing, then opens it in Electron, or, where Electron's
// binary is not here, in the person's browser. Runs on plain Node 20 with nothing installed.
//
//   npm start -- [--practice] [--port N] [--browser] [--no-open]
//   npm start --practice                 (npm hands these over as its own settings)
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensureBuilt } from './built.mjs';
import { runChild } from './child.mjs';
import { ensureInstalled } from './install.mjs';
import { isMain, ownEnvironment, ownNode, ROOT } from './paths.mjs';

const USAGE = `usage: npm start -- [--practice] [--port N] [--browser] [--no-open]
  --practice   a practice server and a practice stick with made-up records
  --port N     the port of the window in browser mode, of the practice server in Electron
  --browser    in the browser, also where Electron is installed
  --no-open    print the address and open nothing`;

const ELECTRON_PROGRAM = {
  darwin: 'Electron.app/Contents/MacOS/Electron',
  win32: 'electron.exe',
};

/**
 * What was asked for, or `null` for arguments that are none of ours. PowerShell swallows the `--` in front of them with many
 * releases of npm; npm then takes them for settings of its own and hands them over in the environment.
 */
export function readArguments(given, env = {}) {
  const asked = {
    practice: isSet(env.npm_config_practice),
    browser: isSet(env.npm_config_browser),
    open: env.npm_config_open === undefined || isSet(env.npm_config_open),
    port: /^\d{1,5}$/.test(env.npm_config_port ?? '') ? env.npm_config_port : null,
  };
  // Of "--port N" npm keeps the name and leaves the number.
  const args = isSet(env.npm_config_port) && asked.port === null ? ['--port', ...given] : given;
  for (let at = 0; at < args.length; at += 1) {
    if (args[at] === '--practice') asked.practice = true;
    else if (args[at] === '--browser') asked.browser = true;
    else if (args[at] === '--no-open') asked.open = false;
    else if (args[at] === '--port' && /^\d{1,5}$/.test(args[at + 1] ?? '')) asked.port = args[(at += 1)];
    else return null;
  }
  return asked;
}

const isSet = (value) => value === 'true' || value === '1';

/**
 * Where Electron's program lies, or `null`. Its npm package fetches the program from the network only when
 * it is first used and then fails without naming the network, so it is looked for before it is started.
 */
export function findElectron(root, env, platform, exists = existsSync, read = readPath) {
  const program = ELECTRON_PROGRAM[platform] ?? 'electron';
  const unpacked = env.ELECTRON_OVERRIDE_DIST_PATH;
  const found = unpacked
    ? join(unpacked, program)
    : join(root, 'node_modules', 'electron', 'dist', read(join(root, 'node_modules', 'electron')) ?? program);
  return exists(found) ? found : null;
}

/** Which way the station opens, and why, in sentences for the person; no sentence where all is as usual. */
export function chooseCarrier({ asked, electron, env, platform }) {
  if (asked.browser) return { carrier: 'browser', because: [] };
  if (electron === null) {
    return {
      carrier: 'browser',
      because: [
        'Electron’s program is not on this computer, so the station opens in your browser instead.',
        'For the desktop window run "npx install-electron" once with internet, or set ELECTRON_OVERRIDE_DIST_PATH to the folder of an unpacked Electron.',
      ],
    };
  }
  if (!hasScreen(env, platform)) {
    return {
      carrier: 'browser',
      because: ['There is no screen here, so the station opens for a browser instead.'],
    };
  }
  return { carrier: 'electron', because: [] };
}

/** The program that opens an address in the person's browser, or `null` where nobody would see it. */
export function browserOpener(env, platform) {
  if (env.CI || !hasScreen(env, platform)) return null;
  if (platform === 'darwin') return ['open'];
  // `start` takes its first quoted argument for a title: an empty one, which Node quotes.
  if (platform === 'win32') return ['cmd', '/c', 'start', ''];
  return ['xdg-open'];
}

function hasScreen(env, platform) {
  return platform === 'win32' || platform === 'darwin' || Boolean(env.DISPLAY || env.WAYLAND_DISPLAY);
}

/** The address that works once, from what `cli.ts serve` says. */
export function addressIn(text) {
  return /http:\/\/127\.0\.0\.1:\d+\/[\w\-/]+/.exec(text)?.[0] ?? null;
}

async function start(args) {
  const asked = readArguments(args, process.env);
  if (asked === null) {
    console.error(USAGE);
    return 2;
  }
  if (!ensureInstalled() || !(await ensureBuilt())) return 1;
  const electron = findElectron(ROOT, process.env, process.platform);
  const { carrier, because } = chooseCarrier({
    asked,
    electron,
    env: process.env,
    platform: process.platform,
  });
  for (const sentence of because) console.log(sentence);
  const passedOn = [
    ...(asked.practice ? ['--practice'] : []),
    ...(asked.port === null ? [] : ['--port', asked.port]),
  ];
  const env = { ...ownEnvironment(), INIT_CWD: process.env.INIT_CWD ?? process.cwd() };
  if (carrier === 'electron') {
    // Set by editors that are built on Electron; it would make Electron a plain Node.
    delete env.ELECTRON_RUN_AS_NODE;
    const startedAt = Date.now();
    const code = await runChild(electron, [ROOT, ...passedOn], { cwd: ROOT, env });
    if (code !== 0 && Date.now() - startedAt < 5_000) {
      console.log(
        'Electron ended at once. "npm start -- --browser" opens the station in your browser instead.',
      );
    }
    return code;
  }
  return serveInBrowser(asked, passedOn, env);
}

/** Opens the station for the person's browser, and the browser with it. */
async function serveInBrowser(asked, passedOn, env) {
  const serve = [join(ROOT, 'electron', 'cli.ts'), 'serve', ...passedOn];
  const opener = asked.open ? browserOpener(process.env, process.platform) : null;
  const options = {
    cwd: ROOT,
    env,
    // By the last one it hears that this program is gone, however that came about.
    stdio: ['inherit', 'pipe', 'inherit', 'ipc'],
  };
  return runChild(ownNode(), serve, options, (child) => {
    let said = '';
    let opened = false;
    child.stdout.setEncoding('utf8').on('data', (part) => {
      process.stdout.write(part);
      if (opened) return;
      said += part;
      // Up to the last line end: an address that is cut in two by the pipe is not yet the address.
      const address = addressIn(said.slice(0, said.lastIndexOf('\n') + 1));
      if (address === null) return;
      opened = true;
      if (opener !== null) openAddress(opener, address);
      else if (asked.open) console.log('Open this address in a browser on this computer. It works once.');
    });
  });
}

function openAddress([program, ...args], address) {
  const browser = spawn(program, [...args, address], { stdio: 'ignore', detached: true });
  browser.once('error', () => console.log('No browser could be opened; open the address above yourself.'));
  browser.unref();
}

function readPath(folder) {
  try {
    return readFileSync(join(folder, 'path.txt'), 'utf8').trim();
  } catch {
    return null;
  }
}

if (isMain(import.meta.url)) process.exitCode = await start(process.argv.slice(2));
