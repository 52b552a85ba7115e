/** The leaves side by side: who, when, on which device, and the fields in which they differ. */
import { History, PencilLine, Server, Smartphone, Star, Trash2 } from 'lucide-react';
import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import type { ConflictDetail, ConflictLeaf } from '../../../shared/review.ts';
import { useFormat } from '../../hooks/use-format.ts';
import { FieldValue } from '../../components/field-value.tsx';
import { pathText } from '../../components/values.ts';
import { leafName } from './leaves.ts';
import { canBePicked, canBeTyped, canGive, pathKey, type From } from './mix.ts';

export interface Choice {
  /** The revision that is kept, or that the mixture begins with. */
  readonly keep: string | null;
  /** Field by field, by the key of the path. `null`: one version as a whole. */
  readonly picks: ReadonlyMap<string, From> | null;
}

interface Props {
  readonly conflict: ConflictDetail;
  readonly choice: Choice;
  readonly onChoose: (choice: Choice) => void;
}

export function LeafTable({ conflict, choice, onChoose }: Props) {
  const { t } = useTranslation();
  const group = useId();
  const { leaves, bodies, fields, ancestor } = conflict;
  const { keep, picks } = choice;
  const base = leaves.findIndex((leaf) => leaf.rev === keep);
  const mayType = picks !== null && base !== -1 && fields.some(canBeTyped);
  return (
    <div className="table-box table-wide">
      <table className="table leaves">
        <caption className="unseen">{t('conflict.about')}</caption>
        <thead>
          <tr>
            <td className="leaf-corner" />
            {ancestor === null ? null : (
              <th scope="col" className="leaf">
                <span className="leaf-choice">
                  <History aria-hidden size={20} />
                  {t('conflict.ancestor')}
                </span>
              </th>
            )}
            {leaves.map((leaf, index) => (
              <th key={leaf.rev} scope="col" className={index === base ? 'leaf leaf-chosen' : 'leaf'}>
                <label className="leaf-choice">
                  <input
                    type="radio"
                    name={group}
                    checked={leaf.rev === keep}
                    disabled={picks !== null && !canGive(conflict, index)}
                    onChange={() => onChoose({ keep: leaf.rev, picks: picks === null ? null : new Map() })}
                    aria-describedby={`${group}-${index}`}
                  />
                  {leaf.origin === 'server' ? (
                    <Server aria-hidden size={20} />
                  ) : (
                    <Smartphone aria-hidden size={20} />
                  )}
                  <bdi>{leafName(t, leaf)}</bdi>
                </label>
                <LeafFacts id={`${group}-${index}`} leaf={leaf} isWinner={leaf.rev === conflict.winner} />
              </th>
            ))}
            {mayType ? (
              <th scope="col" className="leaf">
                <span className="leaf-choice">
                  <PencilLine aria-hidden size={20} />
                  {t('conflict.other')}
                </span>
                <div className="leaf-facts help">{t('conflict.otherMore')}</div>
              </th>
            ) : null}
          </tr>
        </thead>
        <tbody>
          {fields.map((field) => {
            const key = pathKey(field.path);
            const words = field.label ?? pathText(field.path);
            const chosen = picks?.get(key) ?? base;
            const open = picks !== null && base !== -1 && canBePicked(field.path);
            return (
              <tr key={key}>
                <th scope="row">
                  <bdi title={pathText(field.path)}>{words}</bdi>
                </th>
                {ancestor === null ? null : (
                  <td>
                    <FieldValue path={field.path} value={valueAt(ancestor.body, field.path)} />
                  </td>
                )}
                {leaves.map((leaf, index) => (
                  <td key={leaf.rev} className={index === chosen ? 'leaf-chosen' : ''}>
                    <span className="leaf-value">
                      {open ? (
                        <input
                          type="radio"
                          name={`${group} ${key}`}
                          checked={index === chosen}
                          disabled={!canGive(conflict, index)}
                          onChange={() => onChoose({ keep, picks: new Map([...picks, [key, index]]) })}
                          aria-label={`${words}: ${leafName(t, leaf)}`}
                        />
                      ) : null}
                      {bodies[index] === null ? (
                        <span className="value-missing">{t('conflict.hidden')}</span>
                      ) : (
                        <span>
                          <FieldValue
                            path={field.path}
                            value={field.values[index]}
                            said={field.said?.[index]}
                          />
                        </span>
                      )}
                    </span>
                  </td>
                ))}
                {mayType ? (
                  <td className={typeof chosen === 'string' ? 'leaf-chosen' : ''}>
                    {canBeTyped(field) ? (
                      <Typed
                        label={`${words}: ${t('conflict.other')}`}
                        value={typeof chosen === 'string' ? chosen : ''}
                        onType={(text) => {
                          const next = new Map(picks);
                          if (text === '') next.delete(key);
                          else next.set(key, text);
                          onChoose({ keep, picks: next });
                        }}
                      />
                    ) : null}
                  </td>
                ) : null}
              </tr>
            );
          })}
        </tbody>
      </table>
      {fields.length === 0 ? <p className="help">{t('conflict.noFields')}</p> : null}
    </div>
  );
}

interface TypedProps {
  readonly label: string;
  readonly value: string;
  readonly onType: (text: string) => void;
}

/** What stands in a field where no version is right; empty: one of them is. */
function Typed({ label, value, onType }: TypedProps) {
  return (
    <input
      className="input leaf-typed"
      type="text"
      dir="auto"
      value={value}
      maxLength={10_000}
      aria-label={label}
      onChange={(event) => onType(event.target.value)}
    />
  );
}

function valueAt(body: unknown, path: readonly (string | number)[]): unknown {
  let value = body;
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Record<string | number, unknown>)[step];
  }
  return value;
}

interface FactsProps {
  readonly id: string;
  readonly leaf: ConflictLeaf;
  readonly isWinner: boolean;
}

function LeafFacts({ id, leaf, isWinner }: FactsProps) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <div className="leaf-facts help" id={id}>
      {leaf.takenAt === null ? null : (
        <span>
          {t(leaf.origin === 'server' ? 'conflict.asked' : 'conflict.taken', {
            moment: format.moment(leaf.takenAt),
          })}
        </span>
      )}
      {leaf.exportedAt === null || Number.isNaN(Date.parse(leaf.exportedAt)) ? null : (
        <span>{t('conflict.editedBy', { moment: format.moment(leaf.exportedAt) })}</span>
      )}
      {leaf.deleted ? (
        <span className="mark tone-warning">
          <Trash2 aria-hidden size={16} /> {t('conflict.deleted')}
        </span>
      ) : null}
      {isWinner ? (
        <span className="mark">
          <Star aria-hidden size={16} /> {t('conflict.winner')}
        </span>
      ) : null}
    </div>
  );
}
