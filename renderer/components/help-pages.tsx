/** The pages of the help: a link beside an error or the key F1 opens one over whatever is open, and nothing there is lost. */
import { CircleHelp } from 'lucide-react';
import { createContext, useContext, useEffect, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { ErrorCode } from '../../shared/errors.ts';
import { HELP_PAGES, helpPage, type HelpPage, type HelpText } from '../../shared/help.ts';
import { helpOfError } from '../../shared/help-errors.ts';
import { useLanguage } from '../hooks/use-language.ts';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';

type Open = (page: HelpPage) => void;
const OpenContext = createContext<Open | null>(null);

/** Above everything that opens a page, also above the doors: nobody's name is in the help. */
export function HelpProvider({ children }: { readonly children: ReactNode }) {
  const { t } = useTranslation();
  const [page, setPage] = useState<HelpPage>('stick');
  const [isOpen, setIsOpen] = useState(false);
  const [open] = useState<Open>(() => (wanted: HelpPage) => {
    setPage(wanted);
    setIsOpen(true);
  });
  return (
    <OpenContext value={open}>
      {children}
      <Dialog title={t('place.help')} open={isOpen} onClose={() => setIsOpen(false)} wide>
        <div className="help-pages">
          <HelpList page={page} onPage={setPage} />
          <HelpSheet page={page} />
        </div>
      </Dialog>
    </OpenContext>
  );
}

function useOpenHelp(): Open {
  const open = useContext(OpenContext);
  if (open === null) throw new Error('no help above this part');
  return open;
}

/** F1 opens this page, also while somebody types or a dialog is open; `null`: the help is there already. */
export function useHelpKey(page: HelpPage | null): void {
  const open = useOpenHelp();
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.key !== 'F1') return;
      event.preventDefault();
      if (page !== null) open(page);
    };
    // Before a dialog hears it: dialogs keep their keys for themselves.
    document.addEventListener('keydown', press, true);
    return () => document.removeEventListener('keydown', press, true);
  }, [open, page]);
}

/** The way to the page that belongs to an error; nothing where there is none. */
export function HelpLink({ code }: { readonly code: ErrorCode }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const open = useOpenHelp();
  const page = helpOfError(code);
  if (page === null) return null;
  const { title } = helpPage(page, language);
  return (
    <Button
      look="quiet"
      icon={CircleHelp}
      aria-label={`${t('place.help')}: ${title}`}
      onPress={() => open(page)}
    >
      {t('place.help')}
    </Button>
  );
}

/** Where nobody has signed in: the button, and the key. */
export function HelpAtDoor({ page }: { readonly page: HelpPage }) {
  const { t } = useTranslation();
  const open = useOpenHelp();
  useHelpKey(page);
  return (
    <div className="gate-help">
      <Button look="quiet" icon={CircleHelp} onPress={() => open(page)}>
        {t('place.help')}
      </Button>
    </div>
  );
}

interface ListProps {
  readonly page: HelpPage;
  readonly onPage: (page: HelpPage) => void;
}

export function HelpList({ page, onPage }: ListProps) {
  const { t } = useTranslation();
  const language = useLanguage();
  return (
    <nav className="help-list not-printed" aria-label={t('handbook.contents')}>
      <ul>
        {HELP_PAGES.map((one) => (
          <li key={one}>
            <button
              type="button"
              className="nav-item"
              aria-current={one === page ? 'page' : undefined}
              onClick={() => onPage(one)}
            >
              {helpPage(one, language).title}
            </button>
          </li>
        ))}
      </ul>
    </nav>
  );
}

/** One page. `onPaper`: it is seen on paper only. */
export function HelpSheet({
  page,
  onPaper = false,
}: {
  readonly page: HelpPage;
  readonly onPaper?: boolean;
}) {
  const language = useLanguage();
  const { title, about, steps, note } = helpPage(page, language);
  return (
    <article className={onPaper ? 'help-page only-printed' : 'help-page'} aria-label={title}>
      <h2>{title}</h2>
      <p className="lead">
        <Words of={about} />
      </p>
      <ol>
        {steps.map((step, at) => (
          <li key={at}>
            <Words of={step} />
          </li>
        ))}
      </ol>
      <p className="help-note">
        <Words of={note} />
      </p>
    </article>
  );
}

function Words({ of }: { readonly of: HelpText }) {
  return of.map(({ kind, text }, at) =>
    kind === 'words' ? <strong key={at}>{text}</strong> : kind === 'page' ? <em key={at}>{text}</em> : text,
  );
}
