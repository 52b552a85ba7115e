/** What every part of the window wants to know about the station, asked once for all of them. */
import { createContext, useContext } from 'react';
import type { ServerInfo, StationInfo, StationSettings, StationStatus } from '../../shared/contract.ts';
import { useQuery } from './use-query.ts';

export interface StationFacts {
  readonly info: StationInfo | undefined;
  readonly status: StationStatus | undefined;
  readonly server: ServerInfo | undefined;
  readonly settings: StationSettings | undefined;
}

const StationStatusContext = createContext<StationFacts>({
  info: undefined,
  status: undefined,
  server: undefined,
  settings: undefined,
});
export const StationStatusProvider = StationStatusContext.Provider;

export function useStationStatusState(): StationFacts {
  const info = useQuery('station.info', {}, []);
  const status = useQuery('station.status', {}, [
    'intake',
    'batches',
    'conflicts',
    'outbox',
    'server',
    'health',
  ]);
  const server = useQuery('server.get', {}, ['server', 'batches']);
  const settings = useQuery('settings.get', {}, ['settings']);
  return { info: info.value, status: status.value, server: server.value, settings: settings.value };
}

export function useStationStatus(): StationFacts {
  return useContext(StationStatusContext);
}
