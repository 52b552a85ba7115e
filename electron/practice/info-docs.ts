/**
 * `medic-sentinel`: what the server remembers about each document beside it, in `ID-info`. The api notes when a document
 * arrived, sentinel what it did about it. Read by database admins only (docs/cht.md §2).
 */
import { createHash } from 'node:crypto';
import type { Answer, AskedBy } from './http.ts';
import { couchError, notFound } from './http.ts';

/** One muting or unmuting of a contact. */
export interface MutingEvent {
  readonly muted: boolean;
  /** ISO 8601. */
  readonly date: string;
  readonly report_id?: string;
}

interface TransitionRun {
  readonly last_rev: string;
  readonly seq: string;
  readonly ok: true;
  readonly run_date: string;
}

interface Info {
  readonly initial: string;
  latest: string;
  transitions?: Record<string, TransitionRun>;
  readonly muting: MutingEvent[];
  writes: number;
}

export interface InfoDocs {
  /** A document arrived through the api. */
  arrived(id: string): void;
  /** Sentinel looked at a revision of it, and these transitions changed something. */
  looked(id: string, rev: string, seq: string, transitions: readonly string[]): void;
  hasRun(id: string, transition: string): boolean;
  muted(id: string, event: MutingEvent): void;
  read(id: string): Record<string, unknown> | undefined;
}

export function createInfoDocs(clock: () => number): InfoDocs {
  const infos = new Map<string, Info>();
  const now = () => new Date(clock()).toISOString();
  const infoOf = (id: string): Info => {
    const known = infos.get(id);
    if (known) return known;
    const made: Info = { initial: now(), latest: now(), muting: [], writes: 1 };
    infos.set(id, made);
    return made;
  };
  return {
    arrived(id) {
      const known = infos.get(id);
      const info = infoOf(id);
      info.latest = now();
      if (known) info.writes += 1;
    },
    looked(id, rev, seq, transitions) {
      const info = infoOf(id);
      // The first time it is written twice: when it is found, and when the transitions are through.
      if (info.transitions === undefined) info.writes += 2;
      else if (transitions.length > 0) info.writes += 1;
      info.transitions ??= {};
      for (const name of transitions) {
        info.transitions[name] = { last_rev: rev, seq, ok: true, run_date: now() };
      }
    },
    hasRun: (id, transition) => infos.get(id)?.transitions?.[transition] !== undefined,
    muted(id, event) {
      const info = infoOf(id);
      const last = info.muting.at(-1);
      // What the app did may be gone through again.
      if (last?.muted === event.muted && last.report_id === event.report_id) return;
      info.muting.push(event);
      info.writes += 1;
    },
    read(id) {
      const info = infos.get(id);
      if (info === undefined) return undefined;
      const body = {
        _id: `${id}-info`,
        type: 'info',
        doc_id: id,
        initial_replication_date: info.initial,
        latest_replication_date: info.latest,
        ...(info.transitions === undefined ? {} : { transitions: info.transitions }),
        ...(info.muting.length === 0 ? {} : { muting_history: info.muting }),
      };
      const hash = createHash('md5').update(JSON.stringify(body)).digest('hex');
      return { ...body, _rev: `${info.writes}-${hash}` };
    },
  };
}

/** GET /medic-sentinel/ID-info */
export function infoDoc(infoDocs: InfoDocs, asked: AskedBy, id: string): Answer {
  if (asked.method !== 'GET') throw couchError(405, 'method_not_allowed', 'Only GET allowed');
  const body = id.endsWith('-info') ? infoDocs.read(id.slice(0, -'-info'.length)) : undefined;
  if (body === undefined) throw notFound();
  return { status: 200, body };
}
