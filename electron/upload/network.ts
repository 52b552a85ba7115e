/**
 * The network as this computer is set up: its proxy and the authorities it trusts. Node knows neither by
 * itself. Nothing here makes the station trust more than the system does; no check is ever turned off.
 */
import { setGlobalProxyFromEnv } from 'node:http';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import type { Fetch } from './http.ts';

/** Answers the system's proxy for an address as browsers do: "DIRECT", "PROXY host:port; DIRECT", … */
export type SystemProxy = (url: string) => Promise<string>;

/** Settings of the whole process, made once. */
let settingUp: Promise<void> | null = null;

/** A system store or a setting that cannot be read leaves Node's own. */
async function setUp(url: string, log: (line: string) => void, systemProxy?: SystemProxy): Promise<void> {
  if (process.env['NODE_TLS_REJECT_UNAUTHORIZED'] === '0') {
    // Set for some other program on this computer, it would let anybody play the server.
    delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    log('NODE_TLS_REJECT_UNAUTHORIZED is not followed: certificates are checked');
  }
  try {
    const trusted = new Set([...getCACertificates('default'), ...getCACertificates('system')]);
    setDefaultCACertificates([...trusted]);
  } catch (error) {
    log(`the system's certificates cannot be read: ${error instanceof Error ? error.message : ''}`);
  }
  try {
    const named = process.env['HTTPS_PROXY'] ?? process.env['https_proxy'] ?? '';
    const system = named === '' ? proxyOf((await systemProxy?.(url)) ?? '') : null;
    setGlobalProxyFromEnv(system === null ? process.env : { ...process.env, HTTPS_PROXY: system });
  } catch (error) {
    log(`the proxy settings cannot be used: ${error instanceof Error ? error.message : ''}`);
  }
}

/** The first proxy of the system's answer that speaks HTTP; `null` where there is none, or SOCKS, which Node does not speak. */
export function proxyOf(answer: string): string | null {
  for (const one of answer.split(';')) {
    const [, kind, host] = /^\s*(PROXY|HTTPS|DIRECT)\b\s*(\S*)/i.exec(one) ?? [];
    if (kind === undefined) continue;
    if (kind.toUpperCase() === 'DIRECT' || host === undefined || host === '') return null;
    return `${kind.toUpperCase() === 'HTTPS' ? 'https' : 'http'}://${host}`;
  }
  return null;
}

/** `fetch` over the system's network. The set-up takes time, so it waits for the first request that leaves this computer. */
export function systemFetch(log: (line: string) => void, systemProxy?: SystemProxy): Fetch {
  return async (input, init) => {
    const url = typeof input === 'string' ? input : input instanceof URL ? input.href : input.url;
    if (url.startsWith('https:')) await (settingUp ??= setUp(url, log, systemProxy));
    return globalThis.fetch(input, init);
  };
}
