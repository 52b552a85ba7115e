/** One act as a row: when, who, what and how much, and what it was about; its records below it where they are asked for. */
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { isAuditAction } from '../../../shared/audit.ts';
import type { Act } from '../../../shared/history.ts';
import { useFormat } from '../../hooks/use-format.ts';
import { useWhere } from '../../hooks/use-where.ts';
import { Actor } from '../../components/actor.tsx';
import { Button } from '../../components/button.tsx';
import { Opener } from '../../components/opener.tsx';
import { ActRecords } from './act-records.tsx';
import { whereTo } from './where-to.ts';

export function ActRow({ act }: { readonly act: Act }) {
  const { t } = useTranslation();
  const { t: said } = useTranslation('audit');
  const format = useFormat();
  const { go } = useWhere();
  const [shown, setShown] = useState(false);
  const { what, records } = act;
  const to = whereTo(act);
  const words = isAuditAction(what) ? said(what) : what;
  // The records of a decision have a list of their own, which it opens.
  const lists = act.isListed && act.id === null && act.decision === null;
  return (
    <>
      <tr
        className={to === null ? '' : 'row-opens'}
        onClick={({ target }) => {
          if (to !== null && target instanceof Element && target.closest('button') === null) go(to);
        }}
      >
        <td>
          <time dateTime={act.at} title={format.moment(act.at)}>
            {format.moment(act.at)}
          </time>
        </td>
        <td>
          <Actor name={act.person} />
        </td>
        <td>
          {to === null ? words : <Opener onOpen={() => go(to)}>{words}</Opener>}
          {records === null ? null : (
            <span className="help under">{t('history.records', { count: records })}</span>
          )}
        </td>
        <td>
          <About act={act} />
          {lists ? (
            <Button look="quiet" aria-expanded={shown} onPress={() => setShown(!shown)}>
              {t(shown ? 'history.hideRecords' : 'history.showRecords')}
            </Button>
          ) : null}
        </td>
      </tr>
      {shown ? (
        <tr>
          <td colSpan={4}>
            <ActRecords act={act.act} />
          </td>
        </tr>
      ) : null}
    </>
  );
}

/** Whom and what it was about, by name. */
function About({ act: { label, id, form, user, device, batch } }: { readonly act: Act }) {
  const { t } = useTranslation();
  const whose = user ?? (batch === null ? null : t('batch.unknownUser'));
  return (
    <>
      {id === null ? null : <bdi className="cut">{label ?? form ?? t('record.unknown')}</bdi>}
      {whose === null ? null : (
        <span className="help under">
          <bdi>{whose}</bdi>
          {device === null ? null : (
            <>
              {' · '}
              <bdi>{device}</bdi>
            </>
          )}
        </span>
      )}
    </>
  );
}
