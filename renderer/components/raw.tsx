/** The document as it is, one click away, as text. */
import { ChevronDown, ChevronRight } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from './button.tsx';

export function Raw({ of, title }: { readonly of: unknown; readonly title?: string }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  return (
    <div className="raw">
      <Button
        look="quiet"
        icon={open ? ChevronDown : ChevronRight}
        aria-expanded={open}
        onPress={() => setOpen(!open)}
      >
        {title ?? t('raw.title')}
      </Button>
      {open ? (
        <pre tabIndex={0} dir="ltr" role="region" aria-label={title ?? t('raw.title')}>
          {JSON.stringify(of, null, 2)}
        </pre>
      ) : null}
    </div>
  );
}
