/**
 * Seeded dumps of any size for the bench: documents as a CHT phone holds them, about 1.7 kB each, with
 * photos between them. The same arguments give the same bytes.
 */
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { CONFIGURATIONS, type ConfigurationName } from '../../electron/practice/configurations/index.ts';
import { randomNumbers } from '../../electron/practice/documents.ts';

export interface DumpPlan {
  readonly documents: number;
  readonly photos: number;
  readonly seed: number;
  /** Contacts and reports of this deployment; without it made-up ones of the same size. */
  readonly configuration?: ConfigurationName;
  /** Bytes of a photo, before base64. */
  readonly photoBytes?: number;
}

export type BenchFormat = 'all-docs' | 'replication-stream' | 'ndjson';

const WORDS =
  'nyumba mtoto mama homa kikohozi dawa kliniki ziara malaria chanjo afya kijiji daktari mguu damu maji'.split(
    ' ',
  );
const FORMS = ['pregnancy_home_visit', 'assessment_child', 'delivery', 'postnatal_visit', 'malaria_rdt'];
const START = Date.UTC(2025, 0, 1);

type Fields = Record<string, unknown>;

/** What the n-th document of a deployment is. */
function deploymentOf(name: ConfigurationName) {
  const { forms, levels, personCode } = CONFIGURATIONS[name];
  const filledIn = forms.filter(({ answers }) => answers !== undefined);
  return {
    person: (at: number): Fields => ({
      ...contactType(levels.person.type),
      ...(personCode === undefined ? {} : { patient_id: personCode(at) }),
    }),
    form: (at: number) => filledIn[at % filledIn.length],
  };
}

/** As CHT has it: `person` is a type, every other stands in `contact_type`. */
function contactType(type: string): Fields {
  return type === 'person' ? { type } : { type: 'contact', contact_type: type };
}

/** The documents of a plan, one after the other. */
export function* benchDocuments({
  documents,
  photos,
  seed,
  photoBytes = 150_000,
  configuration,
}: DumpPlan): Generator<Fields> {
  const random = randomNumbers(seed);
  const int = (most: number): number => Math.floor(random() * most);
  const hex = (length: number): string =>
    Array.from({ length: length / 8 }, () =>
      Math.floor(random() * 0x1_0000_0000)
        .toString(16)
        .padStart(8, '0'),
    ).join('');
  const words = (count: number): string =>
    Array.from({ length: count }, () => WORDS[int(WORDS.length)]).join(' ');
  const deployed = configuration === undefined ? undefined : deploymentOf(configuration);
  const parent = { _id: hex(32), parent: { _id: hex(32), parent: { _id: hex(32) } } };
  const every = photos === 0 ? Infinity : documents / photos;
  let nextPhoto = every / 2;
  for (let at = 0; at < documents; at += 1) {
    const id = hex(32);
    const generation = 1 + int(4);
    const rev = `${generation}-${hex(32)}`;
    const reported = START + at * 60_000;
    const doc: Fields =
      at % 7 === 0
        ? {
            _id: id,
            _rev: rev,
            ...(deployed?.person(at) ?? { type: 'contact', contact_type: 'person' }),
            name: words(2),
            parent,
            reported_date: reported,
            phone: `+25470${int(9_999_999)}`,
            notes: words(40),
          }
        : {
            _id: id,
            _rev: rev,
            type: 'data_record',
            form: deployed?.form(at)?.code ?? FORMS[int(FORMS.length)],
            content_type: 'xml',
            reported_date: reported,
            contact: { _id: hex(32), parent },
            from: `+25470${int(9_999_999)}`,
            hidden_fields: ['meta', 'inputs'],
            fields:
              deployed?.form(at)?.answers?.(random, reported) ??
              Object.fromEntries(
                Array.from({ length: 24 }, (_, n) => [
                  `${WORDS[int(WORDS.length)]}_${n}`,
                  n % 3 === 0 ? int(400) : words(1 + int(6)),
                ]),
              ),
            geolocation: { latitude: -1 - random(), longitude: 36 + random(), accuracy: int(40) },
            summary: words(30),
          };
    if (at >= nextPhoto) {
      nextPhoto += every;
      const photo = Buffer.alloc(photoBytes);
      for (let offset = 0; offset + 4 <= photoBytes; offset += 4)
        photo.writeUInt32LE(Math.floor(random() * 0x1_0000_0000), offset);
      const digest = `md5-${createHash('md5').update(photo).digest('base64')}`;
      doc['_attachments'] = {
        'user-file/photo': {
          content_type: 'image/jpeg',
          revpos: generation,
          digest,
          data: photo.toString('base64'),
        },
      };
    }
    yield doc;
  }
}

/** Writes a dump. Answers its size in bytes. */
export async function writeBenchDump(file: string, format: BenchFormat, plan: DumpPlan): Promise<number> {
  const out = createWriteStream(file);
  let bytes = 0;
  let pending: string[] = [];
  let held = 0;
  const flush = async (): Promise<void> => {
    if (!out.write(pending.join(''))) await once(out, 'drain');
    pending = [];
    held = 0;
  };
  const put = async (text: string): Promise<void> => {
    pending.push(text);
    bytes += Buffer.byteLength(text);
    held += text.length;
    if (held > 4_000_000) await flush();
  };
  let group: Fields[] = [];
  let at = 0;
  if (format === 'all-docs') await put(`{"total_rows":${plan.documents},"offset":0,"rows":[\n`);
  if (format === 'replication-stream') {
    await put(
      `${JSON.stringify({ version: '1.2.9', db_type: 'http', start_time: '2026-01-01T00:00:00.000Z', db_info: { db_name: 'medic', doc_count: plan.documents } })}\n`,
    );
  }
  const endGroup = async (): Promise<void> => {
    await put(`${JSON.stringify({ docs: group })}\n${JSON.stringify({ seq: at })}\n`);
    group = [];
  };
  for (const doc of benchDocuments(plan)) {
    at += 1;
    if (format === 'all-docs') {
      const row = { id: doc['_id'], key: doc['_id'], value: { rev: doc['_rev'] }, doc };
      await put(`${at === 1 ? '' : ',\n'}${JSON.stringify(row)}`);
    } else if (format === 'ndjson') await put(`${JSON.stringify(doc)}\n`);
    else {
      group.push(doc);
      if (group.length === 50) await endGroup();
    }
  }
  if (group.length > 0) await endGroup();
  if (format === 'all-docs') await put('\n]}\n');
  await flush();
  out.end();
  await once(out, 'finish');
  return bytes;
}
