/**
 * `create_user_for_contacts`: a health worker handed the phone to a successor. When the phone has said `READY`, which it
 * does after its own last sync, the successor gets a login of their own and the old one no longer opens.
 */
import { createUser, touchSettings } from '../admin.ts';
import { isObject } from '../http.ts';
import type { Transition, TransitionContext } from './transition.ts';
import { unknownPassword, SENTINEL } from '../users.ts';

function loginFor(name: unknown, { accounts }: TransitionContext): string {
  const base = String(name)
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-');
  for (let number = 1; ; number += 1) {
    const login = `${base}-${1000 + number}`;
    if (!accounts.get(login)) return login;
  }
}

async function replace(name: string, successor: string, context: TransitionContext): Promise<void> {
  const { store, accounts, current } = context;
  const old = accounts.get(name);
  if (!old) return;
  const user = loginFor(current.get(successor)?.name, context);
  const login = { user, password: unknownPassword(), roles: old.roles, facility: old.facilities };
  await createUser(store, accounts, { ...login, contact: successor }, SENTINEL, {
    token_login: { active: true },
  });
  accounts.setPassword(name, unknownPassword());
  await touchSettings(store, name, SENTINEL);
}

export const userReplacement: Transition = async (doc, context) => {
  const asked = isObject(doc.user_for_contact) ? doc.user_for_contact : {};
  if (!isObject(asked.replace)) return undefined;
  const done: Record<string, unknown> = {};
  let changed = false;
  for (const [name, one] of Object.entries(asked.replace)) {
    if (!isObject(one) || one.status !== 'READY') {
      done[name] = one;
      continue;
    }
    await replace(name, String(one.replacement_contact_id), context);
    done[name] = { ...one, status: 'COMPLETE' };
    changed = true;
  }
  return changed ? { ...doc, user_for_contact: { ...asked, replace: done } } : undefined;
};
