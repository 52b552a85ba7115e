/** The keys that work in the window, in one dialog. */
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { PLACES } from '../hooks/preferences.ts';
import { Dialog } from './dialog.tsx';

const KEYS = [
  { keys: ['1', String(PLACES.length)], word: 'places', joined: '–' },
  { keys: ['j', '↓'], word: 'next', joined: '/' },
  { keys: ['k', '↑'], word: 'previous', joined: '/' },
  { keys: ['Enter'], word: 'open', joined: '' },
  { keys: ['Space'], word: 'select', joined: '' },
  { keys: ['Shift', '↓'], word: 'range', joined: '+' },
  { keys: ['a'], word: 'approve', joined: '' },
  { keys: ['h'], word: 'hold', joined: '' },
  { keys: ['Esc'], word: 'back', joined: '' },
  { keys: ['Ctrl', 'F'], word: 'find', joined: '+' },
  { keys: ['Ctrl', 'Z'], word: 'undo', joined: '+' },
  { keys: ['F6'], word: 'notices', joined: '' },
  { keys: ['F1'], word: 'page', joined: '' },
  { keys: ['?'], word: 'help', joined: '' },
] as const;

export function useHelp() {
  const [isOpen, setOpen] = useState(false);
  return useMemo(() => ({ isOpen, open: () => setOpen(true), close: () => setOpen(false) }), [isOpen]);
}

export function KeyTable() {
  const { t, i18n } = useTranslation();
  return (
    <table className="keys">
      <caption className="unseen">{t('help.title')}</caption>
      <tbody>
        {KEYS.map(({ keys, word, joined }) => (
          <tr key={word}>
            <th scope="row">
              {keys.map((key, index) => (
                <span key={key}>
                  {index > 0 ? ` ${joined} ` : ''}
                  <kbd>{i18n.exists(`key.${key}`) ? t(`key.${key}` as 'key.Enter') : key}</kbd>
                </span>
              ))}
            </th>
            <td>{t(`help.${word}`)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

export function HelpDialog({ open, onClose }: { readonly open: boolean; readonly onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Dialog title={t('help.title')} open={open} onClose={onClose}>
      <KeyTable />
    </Dialog>
  );
}
