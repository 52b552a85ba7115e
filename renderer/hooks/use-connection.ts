import { useSyncExternalStore } from 'react';
import type { Connection } from '../carrier.ts';
import { useClient } from './use-query.ts';

export function useConnection(): Connection {
  const client = useClient();
  return useSyncExternalStore(client.onConnection, client.connection);
}
