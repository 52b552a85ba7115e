// A reporter of vitest: touches a file whenever a test begins, ends or prints something, so that `npm test` can tell
// a slow step from one that hangs.
import { writeFileSync } from 'node:fs';

export default class Heartbeat {
  #file = process.env.STATION_HEARTBEAT;
  #beats = 0;

  #beat() {
    if (this.#file !== undefined) writeFileSync(this.#file, String((this.#beats += 1)));
  }

  onTestModuleStart() {
    this.#beat();
  }
  onTestCaseReady() {
    this.#beat();
  }
  onTestCaseResult() {
    this.#beat();
  }
  onUserConsoleLog() {
    this.#beat();
  }
}
