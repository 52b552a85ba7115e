/**
 * Chromium takes switches from whoever starts the program, and with some of them the window is no window of ours any more:
 * another program reads it, its walls are gone, or something else runs in its place. An installed station does not start
 * with them. A developer's may: what is started from the sources is changed in easier ways.
 */
const OPENING = [
  // Another program looks into the window and works it.
  'remote-debugging-port',
  'remote-debugging-pipe',
  'remote-debugging-address',
  'remote-allow-origins',
  'auto-open-devtools-for-tabs',
  'load-extension',
  'disable-extensions-except',
  // Its walls are gone.
  'no-sandbox',
  'disable-gpu-sandbox',
  'single-process',
  'disable-web-security',
  'disable-site-isolation-trials',
  'allow-running-insecure-content',
  'unsafely-treat-insecure-origin-as-secure',
  'ignore-certificate-errors',
  'ignore-certificate-errors-spki-list',
  'host-rules',
  'host-resolver-rules',
  'js-flags',
  // Something else runs in its place.
  'renderer-cmd-prefix',
  'utility-cmd-prefix',
  'gpu-launcher',
  'browser-subprocess-path',
  // What crosses the network is written down, passwords among it.
  'log-net-log',
  'net-log-capture-mode',
  'ssl-key-log-file',
] as const;

/** Node's own: `--inspect`, `--inspect-brk=9229`, … */
const INSPECTING = /^(?:--?|\/)(inspect[a-z-]*|debug-(?:brk|port))(?:=|$)/i;

/**
 * The first switch of that kind, as it is written; `null`: there is none.
 * @param has Chromium's own look at its command line
 * @param argv also what Chromium leaves to Node
 */
export function openingSwitch(has: (name: string) => boolean, argv: readonly string[]): string | null {
  const found = OPENING.find((name) => has(name));
  if (found !== undefined) return `--${found}`;
  const inspecting = argv.flatMap((word) => INSPECTING.exec(word)?.[1] ?? [])[0];
  return inspecting === undefined ? null : `--${inspecting}`;
}
