/**
 * How a person signs in to the server. Not everybody has a password: a **link** signs in once and leaves a random password
 * behind it that nobody knows, and **single sign-on** asks another service (docs/cht.md §1.1). Their user-settings say so,
 * in every dump and on the server, before anybody types anything.
 */
import { fieldAt, isObject, type Body } from './untrusted.ts';

export const SIGN_IN_WAYS = ['password', 'link', 'sso'] as const;
export type SignInWay = (typeof SIGN_IN_WAYS)[number];

/** Nobody who types a password is let in. */
export function hasNoPassword(way: SignInWay | null | undefined): way is 'link' | 'sso' {
  return way === 'link' || way === 'sso';
}

/**
 * What a `user-settings` document says. `token_login` stays when its link was used (`active: false`): the password is a
 * random one from then on, until an administrator takes the link away and gives one.
 */
export function signInWayOf(settings: Body): SignInWay {
  if (fieldAt(settings, 'oidc_login') === true) return 'sso';
  return isObject(fieldAt(settings, 'token_login')) ? 'link' : 'password';
}
