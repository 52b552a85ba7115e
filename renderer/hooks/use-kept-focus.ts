/**
 * The focus is never lost. What was pressed may go away, or be disabled while something is done: a browser then leaves
 * the focus on nothing, and the next Tab would begin at the top of the window. It goes to what stood around instead, so
 * that Tab goes on from there, and comes back to the button when that is there and can be pressed again.
 */
import { useEffect } from 'react';

/** What may be around, from near to far, and has a name that is read out. */
const AROUND = '[role=region], [role=group], section[aria-label], aside[aria-label], table[aria-label]';

export function useKeptFocus(): void {
  useEffect(() => {
    const keeper = new FocusKeeper();
    const observer = new MutationObserver(() => keeper.check());
    observer.observe(document.body, { subtree: true, childList: true, attributeFilter: ['disabled'] });
    const focused = ({ target }: FocusEvent) => keeper.focused(target);
    const pressed = ({ target }: PointerEvent) => keeper.pressed(target);
    document.addEventListener('focusin', focused);
    document.addEventListener('pointerdown', pressed);
    return () => {
      observer.disconnect();
      document.removeEventListener('focusin', focused);
      document.removeEventListener('pointerdown', pressed);
    };
  }, []);
}

const wordsOf = (element: HTMLElement): string =>
  element.getAttribute('aria-label') ?? element.textContent ?? '';
const canTake = (element: HTMLElement): boolean => element.isConnected && !element.matches(':disabled');

function buttonsCalled(words: string): HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>('main button')].filter((one) => wordsOf(one) === words);
}

class FocusKeeper {
  /** What had the focus last, in a place, and what was around it then. */
  #last: HTMLElement | null = null;
  #around: readonly HTMLElement[] = [];
  /** The words of a button, where no other one has them. */
  #words: string | null = null;
  /** Where the focus was taken to meanwhile. */
  #instead: HTMLElement | null = null;
  #asked = false;

  focused(target: EventTarget | null): void {
    if (!(target instanceof HTMLElement) || target === this.#instead) return;
    this.#instead = null;
    // A dialog gives the focus back by itself; until then what opened it is what is to be found again.
    if (target.closest('main') === null) return;
    this.#last = target;
    this.#around = ancestorsOf(target).filter((one) => one.matches(AROUND));
    this.#words = buttonsCalled(wordsOf(target)).length === 1 ? wordsOf(target) : null;
  }

  /** A press on nothing lets the focus go on purpose. */
  pressed(target: EventTarget | null): void {
    if (target instanceof Element && target.closest('button, input, a, [tabindex], label') === null)
      this.#forget();
  }

  /** Something changed in the page: looks, when all of it has, whether the focus is on something. */
  check(): void {
    if (this.#asked || this.#last === null) return;
    this.#asked = true;
    requestAnimationFrame(() => {
      this.#asked = false;
      this.#look();
    });
  }

  #look(): void {
    const last = this.#last;
    if (last === null) return;
    const at = document.activeElement;
    // A browser takes the focus from what is disabled only when it draws the next time.
    const isLost = at === null || at === document.body || at === last;
    const isInstead = at !== null && at === this.#instead;
    const again = canTake(last) ? last : this.#twinOf(last);
    if (again !== null) {
      if (isInstead || (isLost && at !== last)) again.focus({ preventScroll: true });
      return;
    }
    if (!isLost) return;
    const near =
      this.#around.find((one) => one.isConnected) ?? document.querySelector<HTMLElement>('main h1');
    if (near === null) return;
    near.tabIndex = -1;
    this.#instead = near;
    near.focus({ preventScroll: true });
  }

  /** The same button, drawn anew: what is done there is over. */
  #twinOf(gone: HTMLElement): HTMLElement | null {
    if (gone.isConnected || this.#words === null) return null;
    const [one, ...others] = buttonsCalled(this.#words);
    return one === undefined || others.length > 0 || !canTake(one) ? null : one;
  }

  #forget(): void {
    this.#last = null;
    this.#around = [];
    this.#instead = null;
  }
}

function ancestorsOf(element: HTMLElement): HTMLElement[] {
  const all: HTMLElement[] = [];
  for (let one = element.parentElement; one !== null && one.tagName !== 'MAIN'; one = one.parentElement)
    all.push(one);
  return all;
}
