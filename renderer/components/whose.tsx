/** The question whose a batch is, where the dump does not say it: a button, and the dialog behind it. */
import { Check, UserRound } from 'lucide-react';
import { useRef, useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { BatchDetail } from '../../shared/review.ts';
import { useQuery } from '../hooks/use-query.ts';
import { useAssign } from '../hooks/use-assign.ts';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';
import { Failure } from './failure.tsx';
import { Suggest } from './suggest.tsx';

/** Stays the same button when the name changes, so that the focus comes back to it. */
export function WhoseButton({ batch: { batch, user, mayAssign } }: { readonly batch: BatchDetail }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const close = () => setOpen(false);
  // An open dialog does not vanish under the hands; the station says then why it cannot be.
  if (mayAssign !== 'yes' && !open) return null;
  return (
    <>
      <Button icon={UserRound} onPress={() => setOpen(true)}>
        {user === null ? t('whose.enter') : t('whose.change')}
      </Button>
      <Dialog title={t('whose.title')} open={open} onClose={close}>
        <WhoseForm batch={batch} user={user} onClose={close} />
      </Dialog>
    </>
  );
}

interface FormProps {
  readonly batch: string;
  /** Whose it is by now. */
  readonly user: string | null;
  readonly onClose: () => void;
}

function WhoseForm({ batch, user, onClose }: FormProps) {
  const { t } = useTranslation();
  const assign = useAssign();
  const people = useQuery('people.names', {}, ['batches', 'server']);
  const [name, setName] = useState(user ?? '');
  const [missing, setMissing] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const asking = useRef(false);

  const say = async (whose: string | null) => {
    if (asking.current) return;
    asking.current = true;
    setFailure(undefined);
    try {
      await assign(batch, whose);
      onClose();
    } catch (error) {
      setFailure(error);
    } finally {
      asking.current = false;
    }
  };
  const typed = name.trim();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (typed === '') setMissing(true);
    else void say(typed);
  };
  const names = people.value?.users ?? NOBODY;
  const unheard = people.value !== undefined && typed !== '' && !names.includes(typed);
  return (
    <form onSubmit={submit} autoComplete="off" noValidate>
      <p>{t('whose.about')}</p>
      <Failure failure={failure} />
      <Suggest
        label={t('arrivals.user')}
        value={name}
        onChange={(value) => {
          setName(value);
          setMissing(false);
        }}
        names={names}
        listLabel={t('whose.known')}
        maxLength={200}
        {...(missing ? { error: t('whose.missing') } : {})}
      />
      <p className="help" role="status">
        {unheard ? t('whose.new') : ''}
      </p>
      <div className="dialog-actions">
        {user === null ? null : <Button onPress={() => void say(null)}>{t('whose.nobody')}</Button>}
        <Button onPress={onClose}>{t('action.cancel')}</Button>
        <Button type="submit" look="main" icon={Check}>
          {t('whose.save')}
        </Button>
      </div>
    </form>
  );
}

const NOBODY: readonly string[] = [];
