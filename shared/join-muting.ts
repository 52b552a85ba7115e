/**
 * Muting is decided on the phone and on the server, and both write it into the same fields of a contact (docs/cht.md §3): `muted`
 * holds a date, and each side notes in `muting_history` what it did and that it was the last. The server answers each
 * decision of a phone with a date of its own. A phone that never gets that answer decides again on top of its own
 * version: the answer is then no other opinion, and nobody need be asked.
 */
import { canonicalValue } from './content.ts';
import { fieldAt, isObject, type Body } from './untrusted.ts';

const HISTORY = 'muting_history';
const LAST = 'last_update';

/**
 * The ancestor as the server answered it, where since then the phone alone decided, or both came to the same; else the ancestor
 * itself. What the phone did about muting is then a change on top of the server's answer, as if the phone had had that.
 */
export function afterServersAnswer(ancestor: Body, server: Body, phone: Body): Body {
  if (!hasDecided(ancestor, phone)) return ancestor;
  const [before, there, here] = [ancestor, server, phone].map(isMuted);
  if (there !== before && there !== here) return ancestor;
  return withField(
    withField(ancestor, 'muted', fieldAt(server, 'muted')),
    HISTORY,
    historyAfter(ancestor, server),
  );
}

/** The app notes each of its decisions. */
function hasDecided(ancestor: Body, phone: Body): boolean {
  const now = eventsOf(phone);
  return (
    Array.isArray(now) && now.length > 0 && canonicalValue(now) !== canonicalValue(eventsOf(ancestor) ?? [])
  );
}

function eventsOf(body: Body): unknown {
  return fieldAt(body, HISTORY, 'client_side');
}

function isMuted(body: Body): boolean {
  return Boolean(fieldAt(body, 'muted'));
}

function historyAfter(ancestor: Body, server: Body): unknown {
  const history = fieldAt(ancestor, HISTORY);
  return isObject(history) ? withField(history, LAST, fieldAt(server, HISTORY, LAST)) : history;
}

/** `undefined`: without this field. */
function withField(body: Body, name: string, value: unknown): Body {
  const { [name]: _, ...others } = body;
  return value === undefined ? others : { ...others, [name]: value };
}
