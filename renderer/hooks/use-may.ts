/** Whether the person who works here may ask something: what they may not is not offered. The station decides all the same. */
import type { RequestName } from '../../shared/contract.ts';
import { mayAsk } from '../../shared/permissions.ts';
import { useStationStatus } from './use-station-status.ts';

/** Until the station has said who it is, nothing that is an administrator's is offered. */
export function useMay(request: RequestName): boolean {
  const { info } = useStationStatus();
  return info !== undefined && mayAsk({ state: 'in', person: info.person }, request);
}
