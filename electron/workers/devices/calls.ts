/** What the station asks of the device process, and what that tells. All values cross as messages. */
import type { Snapshot } from '../../sources/snapshot.ts';
import type { FileStat } from '../../sources/files.ts';
import type { DevicePace } from '../../../shared/device-pace.ts';
import type {
  AppState,
  Confirmation,
  ConfirmedHow,
  Leaves,
  ParcelBatch,
  ParcelWritten,
} from '../../../shared/web-view/protocol.ts';
import type { AppOfPerson, LivePhone, LiveRead, ReadRequest } from '../../sources/live/live.ts';
import type { AppRequest } from '../../sources/live/paused-request.ts';
import type { LiveSetup, ReadNews, SyncOpened } from '../../sources/live/readings.ts';
import type { Standing } from '../../sources/live/sync-watch.ts';
import type { SentOn, TunnelEnd } from '../../sources/live/tunnel.ts';
import type { FileList } from '../../sources/source.ts';
import type { WatchedFolder } from '../../sources/watched-folder.ts';

export interface DeviceCalls {
  /** First of all: begins to look. `simulated`: the folder of simulated devices in place of this computer's. */
  start: {
    params: {
      readonly simulated: string | null;
      readonly pace: Partial<DevicePace>;
      readonly live: LiveSetup | null;
      /** The station's own folder, which is never a source. */
      readonly own: string;
    };
    value: null;
  };
  folders: { params: { readonly folders: readonly WatchedFolder[] }; value: null };
  look: { params: { readonly source: string | null }; value: null };
  files: { params: { readonly source: string }; value: FileList };
  /** Answers a number for the open file. */
  open: { params: { readonly source: string; readonly file: string }; value: number };
  stat: { params: { readonly open: number }; value: FileStat };
  read: {
    params: { readonly open: number; readonly offset: number; readonly length: number };
    value: Uint8Array;
  };
  close: { params: { readonly open: number }; value: null };
  eject: { params: { readonly source: string }; value: null };
  /** Phones that allow debugging, and the apps open on them; without a server of the station, of any server. */
  phones: { params: { readonly server: string | null }; value: readonly LivePhone[] };
  /** Reads a person's records of a phone; `read` names the reading in what is told of it. */
  readPhone: { params: { readonly read: string; readonly request: ReadRequest }; value: LiveRead };
  /** Stops a reading or a sync. */
  stopRead: { params: { readonly read: string }; value: null };
  /** Opens an app to let it synchronise; it is the station's until `closeSync`. */
  openSync: {
    params: { readonly sync: string; readonly request: AppOfPerson & { readonly server: string } };
    value: SyncOpened;
  };
  /** The leaves of what changed on the phone after a sequence. */
  leaves: { params: { readonly sync: string; readonly after: number }; value: Leaves };
  /** Whether the app can be written to now. */
  appState: {
    params: { readonly sync: string; readonly of: Pick<ParcelBatch, 'user' | 'databaseId'> };
    value: AppState;
  };
  /** Writes documents of a return parcel into the app's database. */
  writeParcel: { params: { readonly sync: string; readonly batch: ParcelBatch }; value: ParcelWritten };
  /** Tells the app that the server has everything up to a sequence. */
  confirmPhone: {
    params: { readonly sync: string; readonly confirmation: Confirmation };
    value: ConfirmedHow;
  };
  /** The phone's session as it is now. */
  cookie: { params: { readonly sync: string }; value: string };
  runSync: { params: { readonly sync: string }; value: TunnelEnd };
  closeSync: { params: { readonly sync: string }; value: null };
  /** How many files of devices are open. Also asked to hear whether the process still answers. */
  opened: { params: null; value: number };
  end: { params: null; value: null };
}

/** Stands for the body of an answer that waits to be asked for. */
export interface WaitingAnswer {
  readonly answer: number;
  readonly bytes: number;
}

export interface DeviceNews {
  read: { params: ReadNews; value: null };
  /** A request of an app that synchronises, to be sent with the station's internet. */
  sendOn: {
    params: { readonly sync: string; readonly request: AppRequest; readonly body: number | null };
    value: SentOn<Uint8Array | WaitingAnswer>;
  };
  /** A part of a large body, which `sendOn` then names by its number. */
  bodyPart: {
    params: {
      readonly sync: string;
      readonly body: number;
      /** Of the whole. */
      readonly bytes: number;
      readonly part: Uint8Array;
    };
    value: null;
  };
  /** What comes next of a large answer. */
  answerPart: {
    params: { readonly sync: string; readonly answer: number; readonly from: number };
    value: Uint8Array;
  };
  /** The app of this sync asks for nothing any more. */
  bodiesDone: { params: { readonly sync: string }; value: null };
  /** How the app’s sync is seen to stand. */
  stands: { params: { readonly sync: string; readonly standing: Standing }; value: null };
  snapshot: { params: Snapshot; value: null };
  log: { params: { readonly line: string }; value: null };
}
