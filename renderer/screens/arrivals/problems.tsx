/** What could not be taken: each problem with its sentence, what to do, and where it is in the file. */
import { ChevronDown, ChevronRight } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ImportResult, Problem } from '../../../shared/intake.ts';
import { useFormat } from '../../hooks/use-format.ts';
import { Button } from '../../components/button.tsx';
import { sentenceOfText } from '../../components/failure.tsx';

export function Problems({ imports }: { readonly imports: readonly ImportResult[] }) {
  const { t } = useTranslation();
  const withProblems = imports.filter((one) => one.problems.length > 0);
  const total = imports.reduce((sum, one) => sum + Math.max(one.problemsTotal, one.problems.length), 0);
  // A few are read at once; many would push the next card out of sight.
  const [open, setOpen] = useState(total <= 3);
  if (total === 0) return null;
  return (
    <div className="problems">
      <Button
        look="quiet"
        icon={open ? ChevronDown : ChevronRight}
        aria-expanded={open}
        onPress={() => setOpen(!open)}
      >
        {t('problems.title', { count: total })}
      </Button>
      {open
        ? withProblems.map((one) => (
            <section key={`${one.dump} ${one.name}`}>
              <h3>
                <bdi>{one.name}</bdi>
              </h3>
              <ul>
                {one.problems.map((problem, index) => (
                  <ProblemRow key={index} problem={problem} />
                ))}
              </ul>
              {one.problemsTotal > one.problems.length ? (
                <p className="help">
                  {t('problems.more', { count: one.problemsTotal - one.problems.length })}
                </p>
              ) : null}
            </section>
          ))
        : null}
    </div>
  );
}

function ProblemRow({ problem }: { readonly problem: Problem }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { sentence, action } = sentenceOfText(t, problem.code);
  const where = [
    problem.id === undefined ? null : t('problems.id', { id: problem.id }),
    problem.line === undefined ? null : t('problems.line', { line: format.number(problem.line) }),
    problem.offset === undefined ? null : t('problems.offset', { offset: format.number(problem.offset) }),
  ].filter((part) => part !== null);
  return (
    <li>
      <strong>{sentence}</strong> <span>{action}</span>
      {where.length === 0 ? null : <span className="help problem-where">{where.join(' · ')}</span>}
    </li>
  );
}
