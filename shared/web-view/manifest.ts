/** The first line of a dump in the `station` format, and the name of its file. Pure: the station uses it, too. */
import type { Opened } from './protocol.ts';

/** @param since the sequence after which the dump begins; 0: it is whole */
export function manifestLine(facts: Opened, since: number): string {
  const { cht, android, pouchdb } = facts.app;
  const manifest = {
    format: 'station',
    version: 1,
    user: facts.user,
    ...said('userContactId', facts.userContactId),
    ...said('facilityId', facts.facilityId),
    ...said('device', facts.device),
    app: { ...said('cht', cht), ...said('android', android), ...said('pouchdb', pouchdb) },
    server: facts.server,
    database: facts.database,
    exportedAt: facts.now,
    since: String(since),
    ...said('lastReplicatedSeq', facts.lastReplicatedSeq),
  };
  return `${JSON.stringify(manifest)}\n`;
}

function said(name: string, value: string | null): Record<string, string> {
  return value === null ? {} : { [name]: value };
}

/** `cht-<server host>-<user>-<yyyymmddThhmmssZ>.chtdump`; what no file may be called is left out. */
export function stationDumpName({ server, user, now }: Pick<Opened, 'server' | 'user' | 'now'>): string {
  const host = /^[a-z]+:\/\/([^/:]+)/i.exec(server)?.[1] ?? 'server';
  const time = `${now.slice(0, 19).replace(/[-:]/g, '')}Z`;
  const safe = (text: string) => text.replace(/[^\w.@+-]/g, '_').slice(0, 100);
  return `cht-${safe(host)}-${safe(user)}-${time}.chtdump`;
}
