/** The receipt for a health worker: on the screen, copied, saved or printed. Shown as text, never as markup. */
import { Copy, FileDown, Printer } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { notify } from '../hooks/notices.ts';
import { useQuery, useClient } from '../hooks/use-query.ts';
import { languageFor } from '../../shared/languages.ts';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';
import { Failure, failureSentence } from './failure.tsx';
import { saveFile } from './save-file.ts';

const FILES = {
  text: { type: 'text/plain;charset=utf-8', ending: 'txt' },
  html: { type: 'text/html;charset=utf-8', ending: 'html' },
} as const;

interface Props {
  readonly batch: string;
  readonly open: boolean;
  readonly onClose: () => void;
}

export function ReceiptDialog({ batch, open, onClose }: Props) {
  const { t } = useTranslation();
  return (
    <Dialog title={t('receipt.title')} open={open} onClose={onClose} wide>
      <ReceiptBody batch={batch} />
    </Dialog>
  );
}

function ReceiptBody({ batch }: { readonly batch: string }) {
  const { t, i18n } = useTranslation();
  const client = useClient();
  const language = languageFor(null, [i18n.language]);
  const receipt = useQuery('receipt.get', { batch, format: 'text', language }, ['batches', 'outbox']);
  const text = receipt.value?.content;

  const failed = (failure: unknown) => {
    const { sentence, action } = failureSentence(t, failure);
    notify({ tone: 'bad', text: sentence, more: action });
  };
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text ?? '');
      notify({ tone: 'good', text: t('receipt.copied') });
    } catch {
      // The clipboard may be forbidden; the text can still be selected by hand.
      notify({ tone: 'bad', text: t('receipt.notCopied') });
    }
  };
  const save = async (format: keyof typeof FILES) => {
    try {
      const { content } = await client.ask('receipt.get', { batch, format, language });
      saveFile(
        content,
        FILES[format].type,
        `${t('receipt.file')}-${batch.slice(0, 8)}.${FILES[format].ending}`,
      );
    } catch (failure) {
      failed(failure);
    }
  };
  return (
    <>
      <Failure failure={receipt.failure} retry={receipt.again} />
      <pre className="receipt" tabIndex={0} role="region" aria-label={t('receipt.title')}>
        {text ?? ''}
      </pre>
      <div className="dialog-actions">
        <Button icon={Copy} isDisabled={text === undefined} onPress={() => void copy()}>
          {t('receipt.copy')}
        </Button>
        <Button icon={FileDown} isDisabled={text === undefined} onPress={() => void save('text')}>
          {t('receipt.saveText')}
        </Button>
        <Button icon={FileDown} isDisabled={text === undefined} onPress={() => void save('html')}>
          {t('receipt.savePage')}
        </Button>
        <Button icon={Printer} isDisabled={text === undefined} onPress={() => window.print()}>
          {t('receipt.print')}
        </Button>
      </div>
    </>
  );
}
