/** Filters of the changes of a batch. They are remembered, so the bar says aloud when something is hidden. */
import { ChevronDown, FilterX } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import {
  Button as AriaButton,
  Dialog,
  DialogTrigger,
  Input,
  Label,
  Popover,
  SearchField,
} from 'react-aria-components';
import { STATES } from '../../../shared/review.ts';
import { NO_FILTERS, prefer, type ChangeFilters } from '../../hooks/preferences.ts';
import { useFormat } from '../../hooks/use-format.ts';
import { Button } from '../../components/button.tsx';
import { Pick } from '../../components/pick.tsx';
import { PickMany } from '../../components/pick-many.tsx';
import { Tick } from '../../components/tick.tsx';
import { isFiltered } from './filters.ts';

interface Props {
  readonly filters: ChangeFilters;
  readonly text: string;
  readonly onText: (text: string) => void;
  /** Forms seen in this batch so far. */
  readonly forms: readonly string[];
  /** What the filters leave, in words. */
  readonly children: ReactNode;
}

const ANY = '*';

export function FilterBar({ filters, text, onText, forms, children }: Props) {
  const { t } = useTranslation();
  const set = (change: Partial<ChangeFilters>) => prefer({ filters: { ...filters, ...change } });
  const known = filters.form !== '' && !forms.includes(filters.form) ? [filters.form, ...forms] : forms;
  return (
    <div className="filters" role="group" aria-label={t('filter.title')}>
      <SearchField className="field field-inline" value={text} onChange={onText} maxLength={200}>
        <Label className="unseen">{t('filter.text')}</Label>
        <Input className="input" placeholder={t('filter.text')} />
      </SearchField>
      <PickMany
        label={t('filter.state')}
        chosen={filters.states}
        choices={STATES.map((key) => ({ key, text: t(`state.${key}`) }))}
        onChoose={(states) => set({ states })}
      />
      <Pick
        label={t('filter.form')}
        quietLabel
        chosen={filters.form === '' ? ANY : filters.form}
        choices={[{ key: ANY, text: t('filter.anyForm') }, ...known.map((key) => ({ key, text: key }))]}
        onChoose={(form) => set({ form: form === ANY ? '' : form })}
      />
      <Dates filters={filters} set={set} />
      <Tick chosen={filters.withPhoto} onChange={(withPhoto) => set({ withPhoto })}>
        {t('filter.photo')}
      </Tick>
      {isFiltered(filters, text) ? (
        <Button
          look="quiet"
          icon={FilterX}
          onPress={() => {
            prefer({ filters: NO_FILTERS });
            onText('');
          }}
        >
          {t('filter.clear')}
        </Button>
      ) : null}
      {children}
    </div>
  );
}

interface DatesProps {
  readonly filters: ChangeFilters;
  readonly set: (change: Partial<ChangeFilters>) => void;
}

function Dates({ filters: { from, to }, set }: DatesProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const words = [from, to].map((day) => (day === '' ? '…' : format.day(`${day}T12:00:00`))).join(' – ');
  const given = from !== '' || to !== '';
  return (
    <DialogTrigger>
      <AriaButton className={given ? 'pick-button picked' : 'pick-button'}>
        <span>{given ? words : t('filter.anyDate')}</span>
        <ChevronDown aria-hidden size={18} />
      </AriaButton>
      <Popover className="popover">
        <Dialog className="dates" aria-label={t('filter.dates')}>
          <label className="field">
            <span>{t('filter.from')}</span>
            <input
              type="date"
              className="input"
              value={from}
              max={to}
              onChange={(event) => set({ from: event.target.value })}
            />
          </label>
          <label className="field">
            <span>{t('filter.to')}</span>
            <input
              type="date"
              className="input"
              value={to}
              min={from}
              onChange={(event) => set({ to: event.target.value })}
            />
          </label>
        </Dialog>
      </Popover>
    </DialogTrigger>
  );
}
