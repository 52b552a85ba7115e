/** Faults that a page can be asked about itself: contrast, names, ids, sideways scrolling. */
import type { Page } from 'playwright-core';

/** Each fault as a sentence; none for a page that is as it should be. */
export function faultsOf(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const faults: string[] = [];
    const visible = (element: Element) =>
      element.checkVisibility({ opacityProperty: true, visibilityProperty: true });
    const named = (element: Element) =>
      `${element.tagName.toLowerCase()}.${(element.getAttribute('class') ?? '').slice(0, 40)}`;

    for (const element of [
      document.documentElement,
      ...document.querySelectorAll('main, .panel, .dialog, .modal'),
    ]) {
      if (element.scrollWidth > element.clientWidth + 1) faults.push(`scrolls sideways: ${named(element)}`);
    }

    for (const cell of document.querySelectorAll('td, th, .button, .nav-item, .box')) {
      const isCut = getComputedStyle(cell).overflowX !== 'visible';
      if (visible(cell) && !isCut && cell.scrollWidth > cell.clientWidth + 1) {
        faults.push(`runs over its edge: ${named(cell)} ${cell.textContent?.slice(0, 30) ?? ''}`);
      }
    }

    const seen = new Set<string>();
    for (const { id } of document.querySelectorAll('[id]')) {
      if (seen.has(id)) faults.push(`id twice: ${id}`);
      seen.add(id);
    }

    for (const element of document.querySelectorAll(
      'button, input, select, textarea, [role=button], [tabindex="0"]',
    )) {
      if (!visible(element) || element.closest('[aria-hidden=true], [inert]') !== null) continue;
      const labels = element instanceof HTMLInputElement ? [...(element.labels ?? [])] : [];
      const ids = (element.getAttribute('aria-labelledby') ?? '').split(' ');
      const words = [
        element.getAttribute('aria-label'),
        ...ids.map((id) => document.getElementById(id)?.textContent),
        ...labels.map((label) => label.textContent),
        element.textContent,
      ].join('');
      if (words.trim() === '') faults.push(`has no name: ${named(element)}`);
    }

    // Contrast after WCAG 2: relative luminance of the text and of the ground it really stands on.
    type Colour = readonly [number, number, number, number];
    const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
    const known = new Map<string, Colour>();
    const read = (css: string): Colour => {
      const before = known.get(css);
      if (before !== undefined || canvas === null) return before ?? [0, 0, 0, 1];
      canvas.clearRect(0, 0, 1, 1);
      canvas.fillStyle = css;
      canvas.fillRect(0, 0, 1, 1);
      const [r = 0, g = 0, b = 0, a = 0] = canvas.getImageData(0, 0, 1, 1).data;
      const colour: Colour = [r, g, b, a / 255];
      known.set(css, colour);
      return colour;
    };
    const luminance = ([r, g, b]: Colour) => {
      const [x = 0, y = 0, z = 0] = [r, g, b].map((part) => {
        const share = part / 255;
        return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * x + 0.7152 * y + 0.0722 * z;
    };
    const groundOf = (element: Element): Colour => {
      for (let at: Element | null = element; at !== null; at = at.parentElement) {
        const colour = read(getComputedStyle(at).backgroundColor);
        if (colour[3] > 0.99) return colour;
      }
      return [255, 255, 255, 1];
    };
    const tooPale = new Set<string>();
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      const element = node.parentElement;
      if (element === null || node.textContent?.trim() === '' || !visible(element)) continue;
      if (element.closest('.unseen, [inert], [data-disabled], [data-rac-hidden]') !== null) continue;
      const style = getComputedStyle(element);
      const [light, dark] = [luminance(read(style.color)), luminance(groundOf(element))].sort(
        (a, b) => b - a,
      );
      const ratio = ((light ?? 0) + 0.05) / ((dark ?? 0) + 0.05);
      const size = Number.parseFloat(style.fontSize);
      const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
      if (ratio < (large ? 3 : 4.5)) tooPale.add(`too pale (${ratio.toFixed(2)}): ${named(element)}`);
    }
    return [...faults, ...tooPale];
  });
}
