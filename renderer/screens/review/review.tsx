import { useWhere } from '../../hooks/use-where.ts';
import { BatchList } from './batch-list.tsx';
import { BatchView } from './batch-view.tsx';

export function Review() {
  const { where } = useWhere();
  return where.batch === null ? <BatchList /> : <BatchView key={where.batch} batch={where.batch} />;
}
