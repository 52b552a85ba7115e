import { useWhere } from '../../hooks/use-where.ts';
import { WorkerList } from './worker-list.tsx';
import { WorkerView } from './worker-view.tsx';

export function Workers() {
  const { where } = useWhere();
  return where.person === null ? <WorkerList /> : <WorkerView key={where.person} user={where.person} />;
}
