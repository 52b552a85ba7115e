/**
 * The device layer's own words. A **platform** is what a computer tells of what is plugged in, and does to it:
 * there is a real one and a simulated one, and the same state machine runs over both (`devices.ts`). A
 * **source** is one device or watched folder above it. A **transport** is one way to the files of a phone.
 *
 * Failures are `StationError`s with a code of `shared/errors.ts`; the troubles of a device are `TROUBLES` of
 * `shared/sources.ts`. `detail` of a `device-busy` or `eject-in-use` is the name of the program that holds it.
 */
import type { SourceKind, SourceState } from '../../shared/sources.ts';
import type { ErrorCode } from '../../shared/errors.ts';
import type { FindLimits, FileStat } from './files.ts';
import type { Found } from './listing.ts';

/** A file on a source, as its list tells of it. */
export interface SourceFile extends FileStat {
  /** Unique within the source for as long as it is plugged in. */
  readonly file: string;
  /** Path from the top of the source, with `/`. The same after it was plugged in again. */
  readonly name: string;
}

/** What a source holds, and what of it was not looked at. */
export type FileList = Found<SourceFile>;

/** A file that is open for reading, in any order. Only partial reads: a pulled cable must not break a device. */
export interface OpenFile {
  /** Asked of the device anew, not remembered from when it was opened. */
  stat(): Promise<FileStat>;
  /**
   * Up to `length` bytes (at most 4 MiB are asked for) from `offset`; fewer only at the end, none behind it.
   * @throws StationError `source-gone` (pulled out), `bad-sector` (the medium is damaged here), `device-stuck`, …
   */
  read(offset: number, length: number): Promise<Uint8Array>;
  /** Never throws; the device may be gone. */
  close(): Promise<void>;
}

/** What has files: a mounted stick, a folder, a session with a phone. */
export interface FileAccess {
  /**
   * Hidden entries are passed over; what else is, is named.
   * @param soFar told what was found by then, where there is much; not every kind of source does
   * @throws StationError `source-gone`, a trouble
   */
  list(limits: FindLimits, signal: AbortSignal, soFar?: (found: FileList) => void): Promise<FileList>;
  /** @throws StationError `source-gone`, `link-skipped`, `is-folder`, … */
  open(file: string): Promise<OpenFile>;
  /** Closes whatever is open on it. Never throws. */
  close(): Promise<void>;
}

/** A device or watched folder in the state machine. */
export interface Source {
  readonly id: string;
  /** The same for the same device when it comes again (serial number, file system's UUID); `null`: cannot be known again. */
  readonly identity: string | null;
  readonly kind: SourceKind;
  readonly name: string;
  readonly state: SourceState;
  readonly canEject: boolean;
  list(): Promise<FileList>;
  stat(file: string): Promise<SourceFile>;
  open(file: string): Promise<OpenFile>;
  /**
   * Closes all handles, unmounts, powers off; returns only when it may be unplugged.
   * @throws StationError `eject-in-use` (by `detail`), `eject-failed`
   */
  eject(): Promise<void>;
  close(): Promise<void>;
}

/** A volume of a drive. */
export interface VolumeFound {
  /** `/dev/sdb1`, `\\?\Volume{…}`, `disk2s1`. */
  readonly device: string;
  readonly label: string | null;
  /** `null`: unknown, or not known yet. */
  readonly fileSystem: string | null;
  readonly uuid: string | null;
  readonly mountPoints: readonly string[];
  /** Encrypted and not unlocked. */
  readonly locked: boolean;
  /** The encrypted volume that this one is the inside of; it is locked again before the stick is let go. */
  readonly container: string | null;
}

export interface DriveFound {
  /** `/dev/sdb`, `\\.\PhysicalDrive1`, `/dev/disk2`. */
  readonly device: string;
  /** Another one each time a drive is plugged in, where the system counts that; a stick that was swapped quickly is seen by it. */
  readonly plugging: string | null;
  readonly name: string;
  readonly bytes: number | null;
  readonly serial: string | null;
  /** A stick, a card, a disk on a cable. Of others only those that carry a dump are shown. */
  readonly portable: boolean;
  readonly volumes: readonly VolumeFound[];
  /** The system has not read its partition table yet. */
  readonly arriving: boolean;
}

/** A phone, as a transport sees it without opening it. */
export interface PhoneFound {
  /** Unique within the transport while it stays plugged in; another one after it was plugged in again is fine. */
  readonly key: string;
  /** Maker and model, as far as known. */
  readonly name: string;
  /** The USB serial number; the same for MTP and ADB, by which one phone is one card. */
  readonly serial: string | null;
  /** `bus-port.port`, where known: the second way to see that two transports mean one phone. */
  readonly port: string | null;
  /** What is already known to be wrong without opening it: `phone-charging-only`, `no-permission`, `phone-allow`. */
  readonly trouble: { readonly code: ErrorCode; readonly by?: string } | null;
}

/** One way to the files of phones: MTP by libusb, the Windows helper, ADB. */
export interface PhoneTransport {
  readonly kind: 'mtp' | 'adb';
  /**
   * Phones plugged in now. Opens nothing and disturbs nobody, because it is asked at every hint. A phone that
   * may not be opened is listed all the same.
   * @throws StationError `devices-blind` where the system cannot be asked (no native module, no helper)
   */
  phones(signal: AbortSignal): Promise<readonly PhoneFound[]>;
  /**
   * Opens a session. Ends within seconds, also with a phone that does not answer.
   * @throws StationError a trouble: `phone-locked`, `phone-allow`, `phone-charging-only`, `device-busy`, …
   */
  open(phone: PhoneFound, signal: AbortSignal): Promise<FileAccess>;
  /** Something may have changed; it is not said what. The returned function stops that. */
  watch(hint: () => void): () => void;
  close(): Promise<void>;
}

/** An entry of the system's mount table. */
export interface Mount {
  /** `/dev/sdb1`, `/dev/mapper/luks-…`, `gvfsd-fuse`. */
  readonly device: string;
  readonly path: string;
  readonly fileSystem: string;
  readonly readOnly: boolean;
}

/** What a computer tells and does. Everything is asked anew each time; nothing is remembered here. */
export interface Platform {
  /** Calls `hint` when something may have changed; whoever hears it lists again. Carries nothing. */
  watch(hint: () => void): () => void;
  /** @throws StationError `devices-blind` */
  drives(signal: AbortSignal): Promise<readonly DriveFound[]>;
  /** Mounts that drives do not know of: FUSE, the desktop's own mount of a phone. */
  mounts(): Promise<readonly Mount[]>;
  /** Can mount by itself. Where it cannot, the system's automounter is waited for. */
  readonly canMount: boolean;
  /** Mounts read-only, without programs, devices or links; answers where. @throws StationError `stick-not-opened`, `no-permission`, `stick-unreadable` */
  mount(volume: VolumeFound): Promise<string>;
  /** Done when nothing is mounted any more. @throws StationError `eject-in-use`, `eject-failed` */
  unmount(volume: VolumeFound): Promise<void>;
  /** @throws StationError `eject-failed` */
  powerOff(drive: DriveFound): Promise<void>;
  /** The files under a mount point or in a folder. */
  files(path: string): FileAccess;
  readonly transports: readonly PhoneTransport[];
  close(): Promise<void>;
}
