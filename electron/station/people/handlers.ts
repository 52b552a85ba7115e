/** Who sits here, who works here, and what holds for them. One short handler for each request. */
import type { Handlers } from '../../../shared/answer.ts';
import type { RequestName } from '../../../shared/contract.ts';
import { peopleRules } from '../../ledger/people-rules.ts';
import { listStaff } from '../../ledger/staff.ts';
import type { Core } from '../core.ts';
import { hasCode, recover, renewCode } from './recovery.ts';
import { changePeopleRules } from './rules.ts';
import { addMember, changeMember, chooseSecret, resetMember, setUp } from './staff.ts';

type PeopleRequest = Extract<RequestName, `desk.${string}` | `staff.${string}` | `rules.${string}`>;

export function peopleHandlers(core: Core): Pick<Handlers, PeopleRequest> {
  const { db, desk } = core;
  return {
    'desk.get': () => desk.info(),
    'desk.set-up': async (wanted) => {
      const recovery = await setUp(core, wanted);
      return { ...desk.info(), recovery };
    },
    'desk.sign-in': async ({ name, secret }) => {
      await desk.signIn(name, secret);
      return desk.info();
    },
    'desk.unlock': async ({ secret }) => {
      await desk.unlock(secret);
      return desk.info();
    },
    'desk.recover': async (wanted) => {
      await recover(core, wanted);
      return desk.info();
    },
    'desk.choose': async ({ old, next }) => {
      await chooseSecret(core, old, next);
      return desk.info();
    },
    'desk.here': () => {
      desk.here();
      return {};
    },
    'desk.lock': () => {
      desk.lock();
      return desk.info();
    },
    'desk.sign-out': () => {
      desk.signOut();
      return desk.info();
    },
    'staff.list': () => ({ people: listStaff(db), hasRecoveryCode: hasCode(db) }),
    'staff.add': (wanted) => addMember(core, wanted),
    'staff.change': (wanted) => changeMember(core, wanted),
    'staff.reset': (wanted) => resetMember(core, wanted),
    'staff.recovery': async () => ({ recovery: await renewCode(core) }),
    'rules.get': () => peopleRules(db),
    'rules.set': (rules) => changePeopleRules(core, rules),
  };
}
