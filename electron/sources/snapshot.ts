/** What the device worker tells of what is plugged in. It crosses to the station as it is. */
import type { DeviceLayer, SourceKind, SourceState } from '../../shared/sources.ts';
import type { TrackedSource } from './tracked.ts';

/** A source as it is told to the station. */
export interface DeviceInfo {
  readonly source: string;
  /** Another number each time it is plugged in, also when nobody saw it gone in between. */
  readonly plugging: number;
  readonly identity: string | null;
  readonly kind: SourceKind;
  readonly name: string;
  readonly state: SourceState;
  readonly canEject: boolean;
  /** Shown also when it carries no dump. */
  readonly portable: boolean;
  /** Grows each time its files were listed anew. */
  readonly look: number;
  /** All of them are listed; else there may be more, and another look comes. */
  readonly isWhole: boolean;
}

export interface Snapshot {
  readonly layer: DeviceLayer;
  readonly devices: readonly DeviceInfo[];
  /** The first look after the start has ended. */
  readonly looked: boolean;
}

export function deviceInfo(source: TrackedSource): DeviceInfo {
  return {
    source: source.id,
    plugging: source.plugging,
    identity: source.identity,
    kind: source.kind,
    name: source.name,
    state: source.state,
    canEject: source.canEject,
    portable: source.portable,
    look: source.look,
    isWhole: source.isWhole,
  };
}
