import { useTranslation } from 'react-i18next';
import type { SealedBundle } from '../../../shared/intake.ts';
import { useFormat } from '../../hooks/use-format.ts';

interface Props {
  readonly bundle: SealedBundle;
  /** Who made it, where that is not said beside it. */
  readonly user: string | null;
}

/** The number of a sealed bundle and its sender: all that anybody here can know of it. */
export function BundleWords({ bundle, user }: Props) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <>
      {bundle.number === null ? null : (
        <> {t('arrivals.bundleNumber', { number: format.number(bundle.number) })}</>
      )}
      {user === null ? null : (
        <>
          {' · '}
          <bdi>{user}</bdi>
        </>
      )}
    </>
  );
}
