/** The dumps on a source, each to be left out by a tick. */
import { Check, ChevronDown, ChevronRight } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../hooks/use-format.ts';
import { Button } from '../../components/button.tsx';
import { Tick } from '../../components/tick.tsx';
import { BundleWords } from './bundle-words.tsx';
import type { CardDump } from './cards.ts';
import { GlimpseWords } from './glimpse-words.tsx';

interface Props {
  readonly dumps: readonly CardDump[];
  /** Keys of those that are not to be taken now. */
  readonly left: ReadonlySet<string>;
  readonly setLeft: (left: ReadonlySet<string>) => void;
  readonly open: boolean;
  readonly setOpen: (open: boolean) => void;
}

export function DumpList({ dumps, left, setLeft, open, setOpen }: Props) {
  const { t } = useTranslation();
  const format = useFormat();
  const toggle = (key: string, chosen: boolean) => {
    const next = new Set(left);
    if (chosen) next.delete(key);
    else next.add(key);
    setLeft(next);
  };
  return (
    <div className="dumps">
      <Button
        look="quiet"
        icon={open ? ChevronDown : ChevronRight}
        aria-expanded={open}
        onPress={() => setOpen(!open)}
      >
        {t('arrivals.dumps', { count: dumps.length })}
      </Button>
      {open ? (
        <ul className="dump-list">
          {dumps.map((dump) => (
            <li key={dump.key}>
              {dump.taken ? (
                <span className="dump-name">
                  <span className="dump-taken">
                    <Check aria-hidden size={18} /> {t('arrivals.taken')}
                  </span>
                  <bdi>{dump.name}</bdi>
                </span>
              ) : (
                <Tick chosen={!left.has(dump.key)} onChange={(chosen) => toggle(dump.key, chosen)}>
                  <bdi>{dump.name}</bdi>
                </Tick>
              )}
              <span className="help">
                {t(`format.${dump.format}`)}
                {dump.bundle === undefined ? null : (
                  <BundleWords bundle={dump.bundle} user={dump.bundle.user} />
                )}
              </span>
              <span className="help number">{format.bytes(dump.bytes)}</span>
              <span className="help">{format.moment(dump.modifiedAt)}</span>
              {dump.taken || dump.glimpse === undefined ? null : <GlimpseWords glimpse={dump.glimpse} />}
            </li>
          ))}
        </ul>
      ) : null}
    </div>
  );
}
