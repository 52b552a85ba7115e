/** A field of a document as text for a person. Whatever a phone wrote comes out as text and nothing else. */
import type { TFunction } from 'i18next';
import type { FieldDifference } from '../../shared/review.ts';
import type { Format } from '../hooks/use-format.ts';

type Path = readonly (string | number)[];

/** Deeper groups are shown as they are written. */
const DEEPEST = 8;

/** Milliseconds between the years 2001 and 2286: what a phone's clock writes into fields named like a date. */
const MOMENT_FROM = 1e12;
const MOMENT_TO = 1e13;

function isMoment(path: Path, value: unknown): value is number {
  const name = path.at(-1);
  return (
    typeof value === 'number' &&
    value >= MOMENT_FROM &&
    value < MOMENT_TO &&
    typeof name === 'string' &&
    /date|time|_at$|^at$/iu.test(name)
  );
}

export function valueText(t: TFunction, format: Format, path: Path, value: unknown): string {
  if (value === undefined) return t('value.absent');
  if (value === null || value === '') return t('value.empty');
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return t(value ? 'value.yes' : 'value.no');
  if (isMoment(path, value)) return format.moment(value);
  if (typeof value === 'number') return format.number(value);
  return JSON.stringify(value, null, 2);
}

/** "household › water source": names from the top, without the wrapper that every report has. */
export function pathText(path: Path): string {
  const names = path[0] === 'fields' && path.length > 1 ? path.slice(1) : path;
  return names
    .map((name) => (typeof name === 'number' ? `${name + 1}` : name.replaceAll('_', ' ')))
    .join(' › ');
}

/** What the app keeps for itself: seldom of use to a reviewer, never hidden altogether. */
const TECHNICAL =
  /^(_|type$|contact_type$|content_type$|form_version|hidden_fields|geolocation|verified$|errors$|from$|imported)|instance_?id|uuid|(^|_)id$|^meta$|^inputs$|^version$/iu;

export function isTechnical(path: Path): boolean {
  // The form and the date stand above the table already.
  if (path.length === 1 && (path[0] === 'form' || path[0] === 'reported_date')) return true;
  return path.some((name) => typeof name === 'string' && TECHNICAL.test(name));
}

/** Every field of a document with its value; lists stay whole. The document's own bookkeeping is left out. */
export function fieldsOf(body: Readonly<Record<string, unknown>>): readonly FieldDifference[] {
  const found: FieldDifference[] = [];
  const walk = (value: unknown, path: Path) => {
    const isGroup = typeof value === 'object' && value !== null && !Array.isArray(value);
    if (!isGroup || path.length >= DEEPEST) {
      if (path.length > 0) found.push({ path, after: value });
      return;
    }
    for (const [name, inner] of Object.entries(value)) {
      if (path.length > 0 || !name.startsWith('_')) walk(inner, [...path, name]);
    }
  };
  walk(body, []);
  return found;
}
