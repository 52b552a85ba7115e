/** The app signs in and fills its database while it has internet, as at the first start; then the internet goes. */
import type { Page } from 'playwright-core';
import type { PouchVersion } from './app-server.ts';
import type { PhoneRig } from './phone-rig.ts';
import { firstSync } from './web-phone.ts';

declare global {
  interface Window {
    /** What the app's own syncs did, one after the other. */
    syncs: readonly { readonly pushed?: number; readonly pulled?: number; readonly error?: string }[];
    /** It was answered that the session has ended. */
    seen401?: boolean;
    syncNow(): Promise<void>;
    /** Writes the checkpoints after the first download; with the person's own session. */
    beginHere(): Promise<number>;
  }
}

export async function signIn(rig: Pick<PhoneRig, 'phone' | 'practice'>, user: string): Promise<void> {
  const password = rig.practice.users.find((one) => one.user === user)?.password ?? '';
  await rig.phone.page.evaluate(
    async (login) => {
      const headers = { accept: 'application/json', 'content-type': 'application/json' };
      const body = JSON.stringify(login);
      await fetch('/medic/login', { method: 'POST', headers, body, redirect: 'manual' });
      const { userCtx } = await (await fetch('/_session', { headers })).json();
      if (userCtx.name !== login.user) throw new Error('not signed in');
    },
    { user, password },
  );
}

/** The app of a person, filled and without internet. */
export async function appWithoutInternet(
  rig: Pick<PhoneRig, 'phone' | 'practice' | 'internet'>,
  user: string,
  pouch: PouchVersion = '9',
  kind: 'sync' | 'old' = 'sync',
): Promise<Page> {
  const page = await rig.phone.open(user, kind, pouch);
  await signIn(rig, user);
  await page.evaluate(async () => {
    await navigator.serviceWorker.ready;
  });
  await page.reload();
  await firstSync(page, rig.practice, user, 'device-1');
  await page.evaluate(() => window.beginHere());
  rig.internet?.set(false);
  return page;
}
