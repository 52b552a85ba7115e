/** What there is to say of a source that cannot be taken from (yet), and of files that cannot be used. */
import { CircleCheck, LoaderCircle, TriangleAlert } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { SELF_HEALING } from '../../../shared/sources.ts';
import { Button } from '../../components/button.tsx';
import { sentenceIn } from '../../components/failure.tsx';
import { HelpLink } from '../../components/help-pages.tsx';
import { useFormat } from '../../hooks/use-format.ts';
import type { Card } from './cards.ts';
import { LookAgain } from './look-again.tsx';

export function SourceStateLine({ card }: { readonly card: Card }) {
  const { t } = useTranslation();
  const { state } = card;
  const [source = ''] = card.sources;
  switch (state.kind) {
    case 'ready':
      return null;
    case 'arriving':
    case 'mounting':
    case 'looking':
    case 'ejecting':
      return (
        <p className="help" role="status">
          <LoaderCircle aria-hidden size={18} className="turning" /> {t(`arrivals.state.${state.kind}`)}
        </p>
      );
    case 'safe':
      return (
        <div className="hint tone-good" role="status">
          <CircleCheck aria-hidden size={20} />
          <strong>{t('arrivals.state.safe')}</strong>
          <LookAgain source={source} words={t('arrivals.useAgain')} />
        </div>
      );
    case 'empty':
      return (
        <div className="hint tone-warning">
          <TriangleAlert aria-hidden size={20} />
          <span>
            {t(card.kind === 'watched' ? 'arrivals.emptyFolder' : 'arrivals.empty')}{' '}
            {card.kind === 'watched' ? null : t('arrivals.emptyMore')}
          </span>
          <LookAgain source={source} words={t('arrivals.lookAgain')} />
        </div>
      );
    case 'problem': {
      const { sentence, action } = sentenceIn(t, state.code);
      const waits = SELF_HEALING.has(state.code);
      return (
        <div className={waits ? 'hint tone-warning' : 'hint tone-bad'} role={waits ? 'status' : 'alert'}>
          <TriangleAlert aria-hidden size={20} />
          <span>
            <strong>{sentence}</strong>{' '}
            {state.by === undefined ? null : <>{t('arrivals.usedBy', { program: state.by })} </>}
            {action}
          </span>
          <HelpLink code={state.code} />
          <LookAgain source={source} words={t('arrivals.lookAgain')} />
        </div>
      );
    }
  }
}

/** A stick of thousands must not push everything else out of the window; who wants to see all of them can. */
const SHOWN = 20;

/** Files that look like dumps, each with why it is not offered. */
export function Unusable({ files }: { readonly files: Card['unusable'] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [all, setAll] = useState(false);
  if (files.length === 0) return null;
  const shown = all ? files : files.slice(0, SHOWN);
  return (
    <>
      <ul className="unusable" aria-label={t('arrivals.unusable')}>
        {shown.map(({ name, code }, at) => {
          const { sentence, action } = sentenceIn(t, code);
          return (
            <li key={`${at} ${name}`} className="hint tone-warning">
              <TriangleAlert aria-hidden size={20} />
              <span>
                <strong>
                  <bdi>{name}</bdi>
                </strong>{' '}
                {sentence} {action}
              </span>
            </li>
          );
        })}
      </ul>
      {shown.length === files.length ? null : (
        <Button look="quiet" onPress={() => setAll(true)}>
          {t('arrivals.unusableAll', { number: format.number(files.length) })}
        </Button>
      )}
    </>
  );
}
