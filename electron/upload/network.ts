/**
 * The network as this computer is set up: its proxy and the authorities it trusts. Node knows neither by
 * itself. Nothing here makes the station trust more than the system does; no check is ever turned off.
 */
import { setGlobalProxyFromEnv } from 'node:http';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import type { Fetch } from './http.ts';

/** Settings of the whole process, made once. */
let isSetUp = false;

/** A system store or a setting that cannot be read leaves Node's own. */
function setUp(log: (line: string) => void): void {
  if (isSetUp) return;
  isSetUp = true;
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
    setGlobalProxyFromEnv(process.env);
  } catch (error) {
    log(`the proxy settings cannot be used: ${error instanceof Error ? error.message : ''}`);
  }
}

/** `fetch` over the system's network. The set-up takes time, so it waits for the first request that leaves this computer. */
export function systemFetch(log: (line: string) => void): Fetch {
  return (input, init) => {
    if (typeof input !== 'string' || input.startsWith('https:')) setUp(log);
    return globalThis.fetch(input, init);
  };
}
