/** The phones that are plugged in, from one look to the next; one phone may be seen in several ways. */
import { PhoneDriver, type PhoneSeen } from './phone-source.ts';
import type { PhoneTransport, Platform } from './source.ts';
import type { SourceDriver } from './source-driver.ts';
import type { TrackedSource } from './tracked.ts';

/** How one phone is seen. */
type Group = readonly [PhoneSeen, ...PhoneSeen[]];

interface Phone {
  readonly driver: PhoneDriver;
  readonly source: TrackedSource;
}

export class PluggedPhones {
  readonly #platform: Platform;
  readonly #track: (driver: SourceDriver) => TrackedSource;
  readonly #phones = new Map<string, Phone>();

  /** @param track makes the source of a phone that is new */
  constructor(platform: Platform, track: (driver: SourceDriver) => TrackedSource) {
    this.#platform = platform;
    this.#track = track;
  }

  sources(): TrackedSource[] {
    return [...this.#phones.values()].map(({ source }) => source);
  }

  /**
   * What the transports see now.
   * @param silent transports that did not answer: what they had seen is not gone by that
   */
  saw(all: readonly PhoneSeen[], silent: ReadonlySet<PhoneTransport>): void {
    const groups = new Map<string, Group>();
    for (const seen of all) {
      const key = groupOf(groups, seen);
      const others = groups.get(key);
      groups.set(key, others === undefined ? [seen] : [...others, seen]);
    }
    for (const [key, phone] of this.#phones) {
      if (groups.has(key) || silent.has(phone.driver.transport)) continue;
      this.#phones.delete(key);
      void phone.source.close();
    }
    for (const [key, seen] of groups) this.#have(key, seen, silent);
  }

  #have(key: string, seen: Group, silent: ReadonlySet<PhoneTransport>): void {
    const known = this.#phones.get(key);
    if (known !== undefined) {
      known.driver.learn(seen);
      if (known.driver.isSame || silent.has(known.driver.transport)) {
        void known.source.connectIfDown();
        return;
      }
      // Plugged in anew since the last look: what was open is of no use.
      this.#phones.delete(key);
      void known.source.close();
    }
    const driver = new PhoneDriver(seen, this.#platform);
    const source = this.#track(driver);
    this.#phones.set(key, { driver, source });
    void source.connect();
  }
}

/** One phone seen by two transports is one phone: by its serial number, else by its port. */
function groupOf(groups: ReadonlyMap<string, readonly PhoneSeen[]>, seen: PhoneSeen): string {
  const { serial, port, key } = seen.phone;
  for (const [group, members] of groups) {
    // Cheap phones share a serial number: two that one transport sees are two.
    if (members.some(({ transport }) => transport === seen.transport)) continue;
    const isSame = members.some(
      ({ phone }) => (serial !== null && phone.serial === serial) || (port !== null && phone.port === port),
    );
    if (isSame) return group;
  }
  if (serial !== null && !groups.has(`serial ${serial}`)) return `serial ${serial}`;
  return `${seen.transport.kind} ${key}`;
}
