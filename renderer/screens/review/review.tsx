import { useWhere } from '../../hooks/use-where.ts';
import { BatchList } from './batch-list.tsx';
import { BatchView } from './batch-view.tsx';
import { FindView } from './find-view.tsx';

export function Review() {
  const { where } = useWhere();
  if (where.batch !== null) return <BatchView key={where.batch} batch={where.batch} />;
  return where.find === null ? <BatchList /> : <FindView finding={where.find} />;
}
