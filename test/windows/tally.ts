/** What passed and what failed, told as it comes. */
export class Tally {
  #passed = 0;
  #failed = 0;

  pass(): void {
    this.#passed += 1;
  }

  fail(what: string): void {
    this.#failed += 1;
    console.log(`FAILED: ${what}`);
  }

  /** Failed, and no fault of the station. */
  note(what: string): void {
    console.log(`not counted: ${what}`);
  }

  /** One part of a whole: it passes when it ends, and fails with what it throws. */
  async part(name: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
      this.pass();
    } catch (error) {
      this.fail(`${name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  /** Says the sum. Whether it is a success. */
  close(): boolean {
    console.log(`${this.#passed} passed, ${this.#failed} failed`);
    return this.#failed === 0 && this.#passed > 0;
  }
}
