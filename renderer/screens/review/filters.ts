/** The remembered filters, as the station wants them. */
import { TWICE } from '../../../shared/filter-counts.ts';
import { CLASSES, type ChangeClass } from '../../../shared/review.ts';
import type { ChangeFilters } from '../../hooks/preferences.ts';
import type { ChangeParams } from '../../hooks/use-changes.ts';
import { DECIDABLE_CLASSES } from '../../components/decidable.ts';

/** In a filter by person or device: it is not known who or which. No user name and no device is called so. */
export const NOBODY = '-';

/** A day of the person's calendar as the first or the last of its milliseconds. */
export function edgeOfDay(day: string, edge: 'first' | 'last'): number | undefined {
  const date = new Date(`${day}T00:00:00`);
  if (day === '' || Number.isNaN(date.getTime())) return undefined;
  if (edge === 'last') date.setDate(date.getDate() + 1);
  return edge === 'first' ? date.getTime() : date.getTime() - 1;
}

/** What a person means who chose no class. */
function classesBehind({ states, withPhoto }: ChangeFilters): readonly ChangeClass[] {
  // The station calls everything open that nobody has decided on; a person means what there is to decide.
  if (states.length === 1 && states[0] === 'open') return DECIDABLE_CLASSES;
  // Forms carry attachments too, and are no photos.
  return withPhoto ? CLASSES.filter((one) => one !== 'never-sent') : [];
}

/** Of what is accepted its class says no more what there is to do; who asks for a state means just that. */
function acceptedBehind({ accepted, classes, states }: ChangeFilters): { readonly accepted?: boolean } {
  if (accepted) return { accepted };
  return classes.length > 0 && states.length === 0 ? { accepted: false } : {};
}

export function paramsOf(filters: ChangeFilters, text: string): ChangeParams {
  const from = edgeOfDay(filters.from, 'first');
  const to = edgeOfDay(filters.to, 'last');
  const classes = filters.classes.length > 0 ? filters.classes : classesBehind(filters);
  return {
    ...(classes.length === 0 ? {} : { classes: [...classes] }),
    ...acceptedBehind(filters),
    ...(filters.states.length === 0 ? {} : { states: [...filters.states] }),
    ...(filters.form.trim() === '' ? {} : { form: filters.form.trim() }),
    ...(filters.withPhoto ? { withAttachments: true } : {}),
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...(filters.unusual === ''
      ? {}
      : filters.unusual === TWICE
        ? { twice: true }
        : { unusual: filters.unusual }),
    ...(filters.user === '' ? {} : { user: filters.user === NOBODY ? null : filters.user }),
    ...(filters.device === '' ? {} : { device: filters.device === NOBODY ? null : filters.device }),
    ...(filters.kinds.length === 0 ? {} : { kinds: [...filters.kinds] }),
    ...(filters.decision === '' ? {} : { decision: Number(filters.decision) }),
    ...(text.trim() === '' ? {} : { find: text.trim() }),
  };
}

export function isFiltered(filters: ChangeFilters, text: string): boolean {
  return Object.keys(paramsOf(filters, text)).length > 0;
}
