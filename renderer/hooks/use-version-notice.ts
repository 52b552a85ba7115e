/** Tells an administrator, once, that a newer version of the program is on what was plugged in. */
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { notify } from './notices.ts';
import { useMay } from './use-may.ts';
import { useQuery } from './use-query.ts';
import { useWhere } from './use-where.ts';

export function useVersionNotice(): void {
  const { t } = useTranslation();
  const may = useMay('update.copy');
  const { value: state } = useQuery('update.get', may ? {} : null, ['updates', 'sources']);
  const { where, go } = useWhere();
  const told = useRef(new Set<string>());
  const [newest] = state?.found ?? [];
  const version = newest?.problem === null ? newest.says?.version : undefined;
  const isNew = may && version !== undefined && version !== state?.ready?.version;
  const source = newest?.sourceName ?? '';
  const isHome = where.place === 'settings';

  useEffect(() => {
    if (!isNew || told.current.has(version)) return;
    told.current.add(version);
    // The card itself shows it there.
    if (isHome) return;
    notify({
      tone: 'plain',
      text: t('newVersion.notice', { source, version }),
      action: { label: t('newVersion.see'), run: () => go({ place: 'settings' }) },
    });
  }, [isNew, version, source, isHome, t, go]);
}
