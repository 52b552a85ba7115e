/** What is in the chosen box. */
import { useTranslation } from 'react-i18next';
import { useWhere } from '../../hooks/use-where.ts';
import { RecordList } from '../../components/record-list.tsx';

export function BoxList() {
  const { t } = useTranslation();
  const { box } = useWhere().where;
  return <RecordList box={box} label={t(`box.${box}.word`)} about={t(`box.${box}.more`)} />;
}
