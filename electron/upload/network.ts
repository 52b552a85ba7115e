/**
 * The network as this computer is set up: its proxy and the authorities it trusts. Node knows neither by
 * itself. Nothing here makes the station trust more than the system does; no check is ever turned off.
 */
import { setGlobalProxyFromEnv } from 'node:http';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';

let isDone = false;

/** Once for the process, before the first request. A system store that cannot be read leaves Node's own. */
export function useSystemNetwork(log: (line: string) => void): void {
  if (isDone) return;
  isDone = true;
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
