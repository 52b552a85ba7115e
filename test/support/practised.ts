/** What a station is told of practice: its server, its devices, its phone. */
import { LESSON, type PracticePhone } from '../../electron/practice/app/lesson.ts';
import type { PracticeServer } from '../../electron/practice/server.ts';
import type { PracticeSetup } from '../../electron/station-api.ts';

/** @param devices the folder of the simulated ones */
export function practised(
  server: Pick<PracticeServer, 'url' | 'users'>,
  devices: string,
  phone?: Pick<PracticePhone, 'path'>,
): PracticeSetup {
  const users = server.users.map(({ user, password }) => ({ user, password }));
  if (phone === undefined) return { url: server.url, users, devices };
  const { user, household } = LESSON;
  return { url: server.url, users, devices, phone: { path: phone.path, user, household: household.name } };
}
