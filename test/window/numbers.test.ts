/** The walk through the whole practice job once more: after every step each number in the window is the contract's. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CLASSES, type ClassCounts } from '../../shared/review.ts';
import { BOXES } from '../../shared/upload.ts';
import { layoutOf } from '../../shared/receipt-layout.ts';
import { openWords } from '../../renderer/i18n.ts';
import { disagreements, everyLeafAt, readNumbers, type Numbers } from '../support/numbers.ts';
import { WALK } from '../support/walk.ts';
import { startBrowser } from './browser.ts';
import { allBatches, goTo, grid, inBox, openBatch, place, soon } from './clerk.ts';
import { openSetting, takeStick } from './setting.ts';

/** Steps after which every number is opened, beside the last. */
const LOOKED_INTO: ReadonlySet<string> = new Set(['compared', 'the deletion approved']);

let browser: Browser;
beforeAll(async () => void (browser = await startBrowser()));
afterAll(() => browser.close());

/** What a person reads. */
interface Shown {
  readonly badges: Readonly<Record<string, number>>;
  readonly foot: string;
  readonly send: string;
  readonly boxes: Readonly<Record<string, number>>;
  /** Each batch with what is to decide and its classes. */
  readonly batches: readonly string[];
}

const words = openWords('en').t;
const boxWord = (box: (typeof BOXES)[number]): string => words(`box.${box}.word`);

async function badge(page: Page, name: string): Promise<number> {
  const [text = '0'] = await place(page, name).locator('.unseen').allTextContents();
  return Number.parseInt(text, 10);
}

async function shown(page: Page): Promise<Shown> {
  await goTo(page, 'Review');
  const rows = page.getByRole('table', { name: 'Review' }).locator('tbody tr');
  const batches: string[] = [];
  for (const row of await rows.all()) {
    const cell = async (column: string): Promise<string> =>
      (await row.locator(`.column-${column}`).innerText()).trim();
    const user = await row.locator('[data-opener]').innerText();
    const marks = await row.locator('.column-holds .mark').allInnerTexts();
    batches.push(
      `${user}: ${(await cell('open')).split(/\n+/).join(', ')}; ${marks.join(', ')}; ${(await cell('decided')).split('\n').join(', ')}`,
    );
  }
  const badges = {
    review: await badge(page, 'Review'),
    conflicts: await badge(page, 'Conflicts'),
    outbox: await badge(page, 'Outbox'),
  };
  const foot = (await page.locator('.only-here').innerText()).trim();
  await goTo(page, 'Outbox');
  const boxes: Record<string, number> = {};
  for (const box of BOXES) boxes[box] = await inBox(page, boxWord(box));
  const send = await page.getByRole('button', { name: /^Send \d+ records?$|^Nothing to send$/ }).innerText();
  return { badges, foot, send: send.trim(), boxes, batches: batches.sort() };
}

/** The chips of a batch: each record is on one. */
function pendingOf(counts: ClassCounts, accepted: ClassCounts): string[] {
  return CLASSES.flatMap((one) => {
    const count = (counts[one] ?? 0) - (accepted[one] ?? 0);
    return count > 0 ? [words(`class.${one}.count`, { count })] : [];
  });
}

function chipsOf(counts: ClassCounts, accepted: ClassCounts): string[] {
  const count = Object.values(accepted).reduce((sum, one) => sum + one, 0);
  return [...pendingOf(counts, accepted), ...(count > 0 ? [words('batches.accepted', { count })] : [])];
}

/** The number beside a place, and what is there. A record of two batches is to decide once, and stands in both. */
async function badgesOpen(page: Page, { status, batches }: Numbers): Promise<void> {
  const { conflicts, outbox } = status;
  await allBatches(page);
  await page.getByRole('radio', { name: words('batches.to-do') }).click();
  const cells = page.getByRole('table', { name: 'Review' }).locator('td.column-open');
  const open = batches.map(({ decided }) => decided.open).filter((count) => count > 0);
  // Under the number stands how much of it is ready.
  const first = (text: string): number => Number(text.split('\n')[0]);
  await soon(async () => (await cells.allInnerTexts()).map(first).sort((a, b) => a - b)).toEqual(
    open.sort((a, b) => a - b),
  );
  // Where they add up to more than the badge says, the window says why.
  const sum = open.reduce((all, count) => all + count, 0);
  const once = page.getByText(words('batches.once', { rows: sum, all: status.toReview }));
  await soon(() => once.count()).toBe(sum > status.toReview ? 1 : 0);
  await page.getByRole('radio', { name: words('batches.all') }).click();
  await goTo(page, 'Conflicts');
  await soon(() => page.getByRole('table', { name: 'Conflicts' }).locator('tbody tr').count()).toBe(
    conflicts,
  );
  await goTo(page, 'Outbox');
  const boxes = await Promise.all([inBox(page, boxWord('waiting')), inBox(page, boxWord('unproven'))]);
  expect(boxes[0] + boxes[1]).toBe(outbox.toSend);
}

/** What is to decide in the open batch, by the filter for it. */
async function toDecide(page: Page, count: number): Promise<void> {
  const state = page
    .getByRole('group', { name: words('filter.title') })
    .getByRole('button', { name: /^State/ });
  const open = page.getByRole('menuitemcheckbox', { name: words('state.open') });
  await state.click();
  await open.click();
  await page.keyboard.press('Escape');
  await page.getByText(words('changes.filtered', { count }), { exact: true }).waitFor();
  await soon(() => grid(page).getAttribute('aria-rowcount')).toBe(String(count + 1));
  await page.getByRole('button', { name: words('filter.clear') }).click();
}

/** What each number opens: the box its list, the batch its chips, its rows, and its receipt. */
async function lists(page: Page, now: Numbers): Promise<void> {
  const { status, batches, receipts } = now;
  await goTo(page, 'Outbox');
  for (const box of BOXES) {
    const count = status.outbox[box];
    await page
      .getByRole('group', { name: words('outbox.boxes') })
      .getByRole('button', { name: boxWord(box) })
      .click();
    const list = page.getByRole('region', { name: boxWord(box), exact: true });
    if (count > 10) await list.getByText(`1–10 of ${count}`).waitFor();
    else await soon(() => list.locator('tbody tr').count()).toBe(count);
  }
  await badgesOpen(page, now);
  for (const { batch, user, counts, acceptedCounts, decided } of batches) {
    await allBatches(page);
    await openBatch(page, user ?? '');
    for (const name of chipsOf(counts, acceptedCounts)) {
      const count = Number.parseInt(name, 10);
      const chip = page.getByRole('button', { name, exact: true });
      await chip.click();
      await page.getByText(words('changes.filtered', { count }), { exact: true }).waitFor();
      // The head is a row too.
      await soon(() => grid(page).getAttribute('aria-rowcount')).toBe(String(count + 1));
      await chip.click();
    }
    if (decided.open > 0) await toDecide(page, decided.open);
    await page.getByRole('button', { name: words('receipt.open'), exact: true }).click();
    const paper = page.getByRole('dialog').locator('.receipt');
    const receipt = receipts.get(batch);
    if (receipt === undefined) throw new Error(`no receipt of ${user}`);
    const { parts, read } = layoutOf(receipt, { language: 'en' });
    const printed = [...parts, read].map((line) => line.join(' '));
    expect(printed.length).toBeGreaterThan(3);
    const rows = paper.locator('.receipt-counts tr');
    await soon(async () => (await rows.allInnerTexts()).map((row) => row.replaceAll(/\s+/g, ' '))).toEqual(
      printed,
    );
    await page.keyboard.press('Escape');
  }
}

function wanted({ status, batches }: Numbers): Shown {
  const { onlyHere, toReview, conflicts, outbox } = status;
  const { toSend, ...boxes } = outbox;
  return {
    badges: { review: toReview, conflicts, outbox: toSend },
    foot:
      onlyHere === null
        ? words('foot.notCompared')
        : onlyHere === 0
          ? words('foot.nothing')
          : words('foot.onlyHere', { count: onlyHere }),
    send: toSend === 0 ? words('outbox.nothing') : words('outbox.send', { count: toSend }),
    boxes,
    batches: batches
      .map(({ user, counts, acceptedCounts, decided, delivered, flags, ordinary }) => {
        const marks = pendingOf(counts, acceptedCounts);
        marks.push(...flags.map((flag) => words(`flag.${flag}.word`)));
        const done = [
          decided.approved > 0 ? words('batches.approved', { count: decided.approved }) : null,
          delivered.accepted > 0 ? words('batches.accepted', { count: delivered.accepted }) : null,
          decided.held > 0 ? words('batches.held', { count: decided.held }) : null,
        ].filter((one) => one !== null);
        const odd = decided.open - ordinary;
        const open = [
          String(decided.open),
          ...(ordinary > 0 ? [words('many.ready', { count: ordinary })] : []),
          ...(odd > 0 ? [words('many.odd', { count: odd })] : []),
        ];
        return `${user ?? ''}: ${open.join(', ')}; ${marks.join(', ')}; ${done.join(', ')}`;
      })
      .sort(),
  };
}

test('every number in the window is true, after every step of the whole job', async () => {
  const setting = await openSetting(browser, { remembered: { showBatches: 'all' } });
  try {
    const { page, server, station } = setting;
    const before = await everyLeafAt(server);
    await takeStick(station);
    for (const step of WALK) {
      await step.go(setting);
      expect(await disagreements(station.ask, server, before), step.name).toEqual([]);
      const now = wanted(await readNumbers(station.ask));
      await soon(() => shown(page)).toEqual(now);
      if (LOOKED_INTO.has(step.name)) await lists(page, await readNumbers(station.ask));
    }
    await lists(page, await readNumbers(station.ask));
    expect(setting.complaints).toEqual([]);
  } finally {
    await setting.close();
  }
});
