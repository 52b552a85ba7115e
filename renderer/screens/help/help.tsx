/** Ten pages of one screen each. On paper all of them are one handbook, whichever is open. */
import { Printer } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { HELP_PAGES } from '../../../shared/help.ts';
import { useWhere } from '../../hooks/use-where.ts';
import { Button } from '../../components/button.tsx';
import { HelpList, HelpSheet } from '../../components/help-pages.tsx';
import { PlaceHead } from '../../components/place-head.tsx';

export function Help() {
  const { t } = useTranslation();
  const { where, go } = useWhere();
  return (
    <>
      <PlaceHead
        title={
          <>
            <span className="not-printed">{t('place.help')}</span>
            <span className="only-printed">{t('handbook.title')}</span>
          </>
        }
      >
        <div className="actions">
          <Button icon={Printer} onPress={() => window.print()}>
            {t('handbook.print')}
          </Button>
        </div>
      </PlaceHead>
      <p className="help not-printed">{t('handbook.about')}</p>
      <div className="help-pages">
        <HelpList page={where.help} onPage={(help) => go({ help })} />
        <div>
          {HELP_PAGES.map((page) => (
            <HelpSheet key={page} page={page} onPaper={page !== where.help} />
          ))}
        </div>
      </div>
    </>
  );
}
