/** What an export says of itself before it is imported: as what it says, and what is reckoned as reckoned. */
import type { TFunction } from 'i18next';
import { Fragment } from 'react';
import { useTranslation } from 'react-i18next';
import type { Glimpse } from '../../../shared/sources.ts';
import { useFormat, type Format } from '../../hooks/use-format.ts';

export function GlimpseWords({ glimpse }: { readonly glimpse: Glimpse }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <p className="dump-says help">
      {glimpseParts(t, format, glimpse).map((part, at) => (
        <Fragment key={part}>
          {at === 0 ? null : ' · '}
          <bdi>{part}</bdi>
        </Fragment>
      ))}
    </p>
  );
}

export function glimpseParts(
  t: TFunction,
  format: Pick<Format, 'moment'>,
  glimpse: Glimpse,
): readonly string[] {
  const { user, userFrom = 'dump', device, server, exportedAt, records, cut } = glimpse;
  const parts = [
    user === undefined ? t('glimpse.nobody') : t(`glimpse.user.${userFrom}`, { user }),
    device === undefined ? null : t('glimpse.device', { device }),
    server === undefined ? null : t('glimpse.server', { server }),
    exportedAt === undefined ? null : t('glimpse.exportedAt', { moment: format.moment(exportedAt) }),
    records === undefined ? null : t(`glimpse.records.${records.how}`, { count: records.count }),
    cut === undefined ? null : t('glimpse.cut'),
  ];
  return parts.filter((part) => part !== null);
}
