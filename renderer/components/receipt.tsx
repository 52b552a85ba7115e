/** The receipt for a health worker: on the screen, copied, saved or printed. Shown as text, never as markup. */
import { Copy, FileDown, Printer, TriangleAlert } from 'lucide-react';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useLanguage } from '../hooks/use-language.ts';
import { layoutOf } from '../../shared/receipt-layout.ts';
import { receiptPage } from '../../shared/receipt-page.ts';
import { receiptText } from '../../shared/receipt-text.ts';
import type { Receipt } from '../../shared/receipt.ts';
import { notify } from '../hooks/notices.ts';
import { useQuery } from '../hooks/use-query.ts';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';
import { Failure } from './failure.tsx';
import { ReceiptPaper } from './receipt-paper.tsx';
import { saveFile } from './save-file.ts';

const FILES = {
  text: { type: 'text/plain;charset=utf-8', ending: 'txt', written: receiptText },
  html: { type: 'text/html;charset=utf-8', ending: 'html', written: receiptPage },
} as const;

interface Props {
  /** One of the batches of the visit. */
  readonly batch: string;
  /** The paper in hand has other counts. */
  readonly isOutdated?: boolean;
  readonly open: boolean;
  readonly onClose: () => void;
}

export function ReceiptDialog({ batch, isOutdated = false, open, onClose }: Props) {
  const { t } = useTranslation();
  return (
    <Dialog title={t('receipt.title')} open={open} onClose={onClose} wide>
      {isOutdated ? (
        <p className="hint tone-warning not-printed">
          <TriangleAlert aria-hidden size={18} />
          <span>{t('receipt.otherCounts')}</span>
        </p>
      ) : null}
      <ReceiptBody batch={batch} />
    </Dialog>
  );
}

function ReceiptBody({ batch }: { readonly batch: string }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const asked = useQuery('receipt.get', { batch, visit: true, format: 'json' }, ['batches', 'outbox']);
  const content = asked.value?.content;
  const receipt = useMemo(
    () => (content === undefined ? undefined : (JSON.parse(content) as Receipt)),
    [content],
  );
  const copy = async (shown: Receipt) => {
    try {
      await navigator.clipboard.writeText(receiptText(shown, { language }));
      notify({ tone: 'good', text: t('receipt.copied') });
    } catch {
      // The clipboard may be forbidden; the text can still be selected by hand.
      notify({ tone: 'bad', text: t('receipt.notCopied') });
    }
  };
  const save = (shown: Receipt, format: keyof typeof FILES) => {
    const { type, ending, written } = FILES[format];
    saveFile(written(shown, { language }), type, `${t('receipt.file')}-${shown.code}.${ending}`);
  };
  const whenThere = (act: (shown: Receipt) => void) => ({
    isDisabled: receipt === undefined,
    onPress: () => {
      if (receipt !== undefined) act(receipt);
    },
  });
  return (
    <>
      <Failure failure={asked.failure} retry={asked.again} />
      {receipt === undefined ? null : <ReceiptPaper layout={layoutOf(receipt, { language })} />}
      <div className="dialog-actions">
        <Button icon={Copy} {...whenThere((shown) => void copy(shown))}>
          {t('receipt.copy')}
        </Button>
        <Button icon={FileDown} {...whenThere((shown) => save(shown, 'text'))}>
          {t('receipt.saveText')}
        </Button>
        <Button icon={FileDown} {...whenThere((shown) => save(shown, 'html'))}>
          {t('receipt.savePage')}
        </Button>
        <Button icon={Printer} {...whenThere(() => window.print())}>
          {t('receipt.print')}
        </Button>
      </div>
    </>
  );
}
