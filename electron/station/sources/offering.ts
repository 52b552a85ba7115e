/**
 * When what was found so far is offered: each of the first ones at once, of thousands only now and then, since every time
 * the whole list is told anew.
 */
export class Offering {
  #next = 1;

  /** @param found how many there are by now */
  isDue(found: number): boolean {
    if (found < this.#next) return false;
    this.#next = Math.max(found + 1, Math.ceil(found * GROWTH));
    return true;
  }
}

const GROWTH = 1.2;
