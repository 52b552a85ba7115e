/** What every part of the window wants to know about the station, asked once for all of them. */
import { createContext, useContext } from 'react';
import type { ServerInfo, StationInfo, StationStatus } from '../../shared/contract.ts';
import { useAsked } from './use-query.ts';

export interface Known {
  readonly info: StationInfo | undefined;
  readonly status: StationStatus | undefined;
  readonly server: ServerInfo | undefined;
}

const KnownContext = createContext<Known>({ info: undefined, status: undefined, server: undefined });
export const KnownProvider = KnownContext.Provider;

export function useKnownState(): Known {
  const info = useAsked('station.info', {}, []);
  const status = useAsked('station.status', {}, ['intake', 'batches', 'conflicts', 'outbox', 'server']);
  const server = useAsked('server.get', {}, ['server', 'batches']);
  return { info: info.value, status: status.value, server: server.value };
}

export function useKnown(): Known {
  return useContext(KnownContext);
}
