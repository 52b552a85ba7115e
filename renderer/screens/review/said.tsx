/** What one record says: the whole of a new one, what a change changes, and about whom it is. */
import { ChevronDown, ChevronRight } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ChangeDetail } from '../../../shared/review.ts';
import { Button } from '../../components/button.tsx';
import { RecordTable } from '../../components/record-table.tsx';
import { DifferenceTable } from './difference-table.tsx';

/** There is nothing to compare it with, or it is gone: all of it is looked at. */
export function isWhole({ difference, deleted, shown }: ChangeDetail): boolean {
  return shown !== null && (difference.from === null || (deleted && difference.fields.length === 0));
}

export function Said({ change }: { readonly change: ChangeDetail }) {
  const { t } = useTranslation();
  const [whole, setWhole] = useState(false);
  const { shown, difference, attachmentList, deleted } = change;
  if (shown === null) return <DifferenceTable difference={difference} />;
  const { notCompared } = difference;
  if (isWhole(change)) {
    return (
      <RecordTable
        view={shown}
        attachments={attachmentList}
        title={t(deleted ? 'difference.titleDeleted' : 'difference.titleNew')}
      >
        {notCompared === null || notCompared === 'no-earlier-version' ? null : (
          <p className="help">{t(`difference.${notCompared}`)}</p>
        )}
      </RecordTable>
    );
  }
  return (
    <>
      <DifferenceTable difference={difference} />
      <div className="difference">
        <Button
          look="quiet"
          icon={whole ? ChevronDown : ChevronRight}
          aria-expanded={whole}
          onPress={() => setWhole(!whole)}
        >
          {t('record.whole')}
        </Button>
      </div>
      {whole ? (
        <RecordTable view={shown} attachments={attachmentList} title={t('difference.titleNew')} />
      ) : null}
    </>
  );
}

/** Whom it is about, where they live, and who wrote it: names only. */
export function Subjects({ of }: { readonly of: ChangeDetail }) {
  const { t } = useTranslation();
  if (of.shown === null) return null;
  const { subject, places, author } = of.shown.about;
  const isContact = of.kind === 'contact';
  return (
    <>
      {subject === null || isContact ? null : (
        <div>
          <dt>{t('record.about')}</dt>
          <dd>
            <bdi>{subject}</bdi>
          </dd>
        </div>
      )}
      {places.length === 0 ? null : (
        <div>
          <dt>{t('record.place')}</dt>
          <dd>
            <bdi>{places.join(' › ')}</bdi>
          </dd>
        </div>
      )}
      {author === null || author === of.user ? null : (
        <div>
          <dt>{t('record.author')}</dt>
          <dd>
            <bdi>{author}</bdi>
          </dd>
        </div>
      )}
    </>
  );
}
