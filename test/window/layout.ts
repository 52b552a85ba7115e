/**
 * What a person would see at once on a page that is too small for its words: it scrolls to the side, words are cut off or
 * stand outside their box, controls lie over each other. What else can be wrong with a page is in faults.ts.
 */
import type { Page } from 'playwright-core';

/** Each fault as one sentence; none when all is well. */
export function misfitsOf(page: Page): Promise<string[]> {
  return page.evaluate(misfitsHere);
}

/** Runs in the page: nothing from outside of it can be used. */
function misfitsHere(): string[] {
  const faults = new Set<string>();
  const dialog = [...document.querySelectorAll<HTMLElement>('.modal')].at(-1);
  const root = dialog ?? document.body;
  const CONTROLS = 'button, input:not([type=hidden]), select, textarea, a[href], [role=button], [role=row]';

  const words = (element: Element): string => {
    const text = (element.getAttribute('aria-label') ?? element.textContent ?? '')
      .replace(/\s+/g, ' ')
      .trim();
    return `<${element.tagName.toLowerCase()} ${element.getAttribute('class') ?? ''}> "${text.slice(0, 60)}"`;
  };
  const isSeen = (element: Element): boolean =>
    element.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true }) &&
    element.closest('.unseen, [aria-hidden=true]') === null &&
    getComputedStyle(element).clipPath === 'none';

  // 1. Nothing scrolls to the side but what was made for it.
  for (const box of [document.scrollingElement, ...document.querySelectorAll('body *')]) {
    if (box === null || !(box instanceof HTMLElement) || box.matches('.table-wide, input, textarea, pre'))
      continue;
    const { overflowX } = getComputedStyle(box);
    const scrolls = overflowX === 'auto' || overflowX === 'scroll' || box === document.scrollingElement;
    if (scrolls && box.clientWidth > 0 && box.scrollWidth > box.clientWidth + 1) {
      faults.add(`scrolls to the side, ${box.scrollWidth} in ${box.clientWidth}: ${words(box)}`);
    }
  }

  // 2. Every line of text stands whole in its box; what is dotted says the rest in a title.
  const isTitled = (element: Element): boolean => element.closest('[title]:not([title=""])') !== null;
  const BOXES =
    'button, th, td, .mark, .badge, .card, .modal, dt, dd, label, .notice, .panel, .foot, .navigation';
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const texts: { text: string; holder: HTMLElement; rects: DOMRect[] }[] = [];
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const holder = node.parentElement;
    const text = (node.textContent ?? '').trim();
    if (holder === null || text === '' || holder.closest('style, script, title, option') !== null) continue;
    if (!isSeen(holder) || holder.closest('.unseen') !== null) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    texts.push({ text, holder, rects: [...range.getClientRects()] });
  }
  for (const { text, holder, rects } of texts) {
    const shown = text.slice(0, 60);
    for (let box: HTMLElement | null = holder; box !== null; box = box.parentElement) {
      const style = getComputedStyle(box);
      const inner = box.getBoundingClientRect();
      const clips = (way: string) => way === 'hidden' || way === 'clip';
      const cutAside = rects.some(({ left, right }) => left < inner.left - 1 || right > inner.right + 1);
      const cutBelow = rects.some(({ top, bottom }) => top < inner.top - 3 || bottom > inner.bottom + 3);
      if (cutAside && clips(style.overflowX)) {
        if (style.textOverflow !== 'ellipsis') faults.add(`cut off: "${shown}" in ${words(box)}`);
        else if (!isTitled(holder)) faults.add(`dotted without a title: "${shown}" in ${words(box)}`);
        break;
      }
      if (cutBelow && clips(style.overflowY)) {
        faults.add(`cut off below: "${shown}" in ${words(box)}`);
        break;
      }
      // What is further down in a list can be scrolled to.
      if (style.overflowY === 'auto' || style.overflowY === 'scroll') break;
      // 3. What nothing cuts may still run into its neighbour.
      if (box.matches(BOXES) && (cutAside || cutBelow)) {
        faults.add(`runs out of its box: "${shown}" of ${words(box)}`);
        break;
      }
    }
  }

  // 4. Controls do not lie over each other, and in a dialog nothing lies over them.
  const controls = [...root.querySelectorAll<HTMLElement>(CONTROLS)].filter((one) => {
    const { width, height } = one.getBoundingClientRect();
    return width > 1 && height > 1 && isSeen(one) && !one.matches('[role=row], .unseen *');
  });
  const visible = (element: HTMLElement): DOMRect => {
    let { left, top, right, bottom } = element.getBoundingClientRect();
    for (let box = element.parentElement; box !== null; box = box.parentElement) {
      if (getComputedStyle(box).overflowY === 'visible') continue;
      const by = box.getBoundingClientRect();
      [left, top] = [Math.max(left, by.left), Math.max(top, by.top)];
      [right, bottom] = [Math.min(right, by.right), Math.min(bottom, by.bottom)];
    }
    // What is further down in a dialog passes below its buttons.
    const bar = element.closest('.dialog-actions') === null ? dialog?.querySelector('.dialog-actions') : null;
    if (bar != null) bottom = Math.min(bottom, bar.getBoundingClientRect().top);
    return new DOMRect(left, top, Math.max(0, right - left), Math.max(0, bottom - top));
  };
  const drawn = controls.map((control) => ({ control, at: visible(control) }));
  for (const [index, { control, at }] of drawn.entries()) {
    if (at.width < 2 || at.height < 2) continue;
    for (const { control: other, at: there } of drawn.slice(index + 1)) {
      if (control.contains(other) || other.contains(control)) continue;
      if (control.closest('.notices') !== null || other.closest('.notices') !== null) continue;
      const across = Math.min(at.right, there.right) - Math.max(at.left, there.left);
      const down = Math.min(at.bottom, there.bottom) - Math.max(at.top, there.top);
      if (across > 1 && down > 1) faults.add(`lie over each other: ${words(control)} and ${words(other)}`);
    }
    if (dialog === undefined) continue;
    const met = document.elementFromPoint(at.left + at.width / 2, at.top + at.height / 2);
    if (met !== null && !control.contains(met) && !met.contains(control)) {
      faults.add(`covered in its dialog: ${words(control)} by ${words(met)}`);
    }
  }

  // 5. The rows of a list that draws only what is in sight are as high as it thinks.
  for (const row of document.querySelectorAll('[data-changes] tbody tr:not(.gap)')) {
    const { height } = row.getBoundingClientRect();
    if (Math.abs(height - 56) > 1.5) faults.add(`${height} high, not 56: ${words(row)}`);
  }
  return [...faults];
}
