/** One visit in each of the deployments to practise with: what a clerk sees and sends of their own forms and people. */
import { expect, test } from 'vitest';
import { CONFIGURATIONS } from '../../electron/practice/configurations/index.ts';
import { DUMPED } from '../../electron/practice/dumps.ts';
import { CONFIGURATION_NAMES } from '../../shared/practice-configurations.ts';
import { compare, grid, inState, leavesOn, notice, openBatch, row, send, takeStick } from './clerk.ts';
import { settings } from './settings.ts';

const openSetting = settings();

test.each(CONFIGURATION_NAMES)(
  '%s: taken, looked at under its own names, approved, sent, proven',
  async (name) => {
    const setting = await openSetting({ configuration: name });
    const { page, ask } = setting;
    await takeStick(setting);
    await compare(setting);
    await openBatch(page, 'chw1');

    // A form of this deployment, under its title, with what was answered.
    const [form] = CONFIGURATIONS[name].forms.filter(({ answers }) => answers !== undefined);
    const { title = {}, code = '' } = form ?? {};
    const filledIn = DUMPED.chw1.newReports[1];
    const shown = await ask('change.get', { id: filledIn });
    expect(shown).toMatchObject({ form: code, class: 'new', state: 'open' });
    expect(shown.label).toContain(title['en']);
    const answered = Object.keys(form?.answers?.(() => 0, Date.now()) ?? {});
    expect(shown.difference.fields.map(({ path }) => path[1])).toEqual(expect.arrayContaining(answered));
    await row(page, shown.label).first().waitFor();
    // The newborn is a person of the type that this deployment has.
    const person = await ask('change.get', { id: DUMPED.chw1.newPerson });
    const { type } = CONFIGURATIONS[name].levels.person;
    expect([person.raw['contact_type'], person.raw['type']]).toContain(type);

    const { rows: batches } = await ask('batches.list', { user: 'chw1' });
    const { batch = '' } = batches[0] ?? {};
    const ordinary = await ask('changes.list', { batch, states: ['open'], ordinary: true, limit: 1000 });
    await page.getByRole('button', { name: `Approve ${ordinary.total} ordinary records` }).click();
    await notice(page, `${ordinary.total} approved`);
    await grid(page).waitFor();
    await send(setting, 'chw1');
    await page.getByText(`${ordinary.total} accepted`).first().waitFor();
    const accepted = ordinary.rows.map((one) => `${one.id}@${one.rev}`).sort();
    expect(await inState(setting, 'accepted')).toEqual(accepted);
    const there = await leavesOn(setting);
    expect(accepted.filter((one) => !there.has(one))).toEqual([]);
  },
);
