/**
 * A seeded ledger as a district has it: 100,000 records in 30 batches of 12 health workers on 15 devices. Planted in it:
 * one patient whom everybody looks for, one phone number, the same report twice, and clocks that were wrong.
 */
import { randomNumbers } from '../../electron/practice/documents.ts';
import { addBatch, assignRest } from '../../electron/ledger/batches.ts';
import { addChange } from '../../electron/ledger/changes.ts';
import type { Database } from '../../electron/ledger/database.ts';
import { recordCopied, recordTaken } from '../../electron/ledger/dumps.ts';
import { findFactsOf } from '../../shared/finding.ts';
import type { NewChange } from '../../shared/intake.ts';
import { formOf, kindOf, labelOf, needsOf, reportedAtOf, shortCodeOf } from '../../shared/documents.ts';

export const DESK = { records: 100_000, batches: 30, people: 12, devices: 15 } as const;
export const PLANTED = {
  patient: 'Halima Wanjirũ Kariuki',
  /** Parts of it, without accents, in another order, as somebody types them. */
  typed: 'kariuki hali wanjiru',
  phone: '0722 104 733',
  form: 'malaria_followup',
  day: '2026-10-14',
  twice: 33,
  wrongClocks: 40,
} as const;

const FIRST = 'Amina Chloé Grace Wafula Musa Njeri Zawadi Otieno Mercy Baraka Faith Juma Esther Kioko'.split(
  ' ',
);
const LAST = 'Kamau Ouma Wekesa Mutua Chebet Ng’ang’a Mwangi Achieng Kiprop Naliaka Barasa Odhiambo'.split(
  ' ',
);
const FORMS =
  'pregnancy delivery postnatal_visit child_assessment home_visit malaria_test immunization death_report nutrition family_survey'.split(
    ' ',
  );
const MONTH = 30 * 86_400_000;
const BEGIN = Date.UTC(2026, 8, 1);

type Body = Record<string, unknown>;

export interface DeskBuilt {
  /** Ids of the reports that were made twice, the later of each two. */
  readonly twice: readonly string[];
  readonly rows: number;
}

export function buildDesk(db: Database, records: number = DESK.records): DeskBuilt {
  const random = randomNumbers(15);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  const hex = (length: number): string =>
    Array.from({ length }, () => Math.floor(random() * 16).toString(16)).join('');
  const uuid = (): string => [8, 4, 4, 4, 12].map(hex).join('-');
  const twice: string[] = [];
  let rows = 0;
  const each = Math.floor(records / DESK.batches);
  for (let batch = 0; batch < DESK.batches; batch += 1) {
    const dump = hex(64);
    const user = `chw_${1 + (batch % DESK.people)}`;
    const author = { _id: `author-${user}` };
    const made: [id: string, body: Body][] = [];
    const patients: { id: string; code: string; name: string }[] = [];
    while (made.length < each) {
      const household = uuid();
      const last = pick(LAST);
      const reported = BEGIN + Math.floor(random() * 3 * MONTH);
      made.push([
        household,
        {
          type: 'clinic',
          name: `${last} household`,
          parent: { _id: `area-${user}` },
          reported_date: reported,
        },
      ]);
      for (let person = 0; person < 3; person += 1) {
        const id = uuid();
        const isPlanted = batch === 7 && patients.length === 0;
        const name = isPlanted ? PLANTED.patient : `${pick(FIRST)} ${last}`;
        const code = String(10_000 + Math.floor(random() * 900_000));
        patients.push({ id, code, name });
        made.push([
          id,
          {
            type: 'person',
            name,
            patient_id: code,
            phone: isPlanted ? '+254722104733' : `+2547${Math.floor(10_000_000 + random() * 89_999_999)}`,
            parent: { _id: household, parent: { _id: `area-${user}` } },
            reported_date: reported,
          },
        ]);
      }
      for (let visit = 0; visit < 8; visit += 1) {
        const patient = pick(patients.slice(-3));
        const isRare = random() < 0.003;
        const at =
          made.length === each - 1
            ? Date.parse(PLANTED.day) + 30_000_000
            : reported + Math.floor(random() * MONTH);
        made.push([
          uuid(),
          {
            type: 'data_record',
            form: isRare ? PLANTED.form : pick(FORMS),
            contact: author,
            reported_date: at,
            fields:
              random() < 0.5
                ? { patient_uuid: patient.id }
                : { patient_id: patient.code, patient_name: patient.name },
          },
        ]);
      }
    }
    made.length = each;
    const twiceHere = batch === 3 ? PLANTED.twice : 0;
    const wrongHere = batch === 5 ? PLANTED.wrongClocks : 0;
    for (let n = 0; n < twiceHere; n += 1) {
      const [, body] = made.filter(([, one]) => one['type'] === 'data_record')[n * 20] ?? [];
      if (body === undefined) continue;
      const id = uuid();
      twice.push(id);
      made.push([id, { ...body, reported_date: Number(body['reported_date']) + 60_000 }]);
    }
    for (let n = 0; n < wrongHere; n += 1) {
      const one = made[n * 13 + 4];
      if (one !== undefined) one[1]['reported_date'] = n % 2 === 0 ? 3_600_000 : Date.UTC(2031, 1, 1);
    }
    rows += made.length;
    db.transaction(() => {
      recordCopied(db, {
        dump,
        name: `${user}-${batch}.json`,
        bytes: 1,
        source: 'file',
        typedUser: null,
        typedDevice: null,
        copiedAt: '2026-11-28T08:00:00.000Z',
      });
      for (const [at, [id, body]] of made.entries()) {
        const rev = `1-${hex(32)}`;
        const change: NewChange = {
          id,
          rev,
          ordinal: at + 1,
          origin: 'dump',
          history: [rev],
          madeHere: false,
          deleted: false,
          neverSent: null,
          kind: kindOf(id, body, false),
          label: labelOf(id, body),
          form: formOf(body),
          reportedAt: reportedAtOf(body),
          authorUser: null,
          authorContact: author._id,
          needs: needsOf(id, body),
          code: shortCodeOf(id, body, false),
          finds: findFactsOf(id, body, false),
          content: hex(32),
          bytes: 1700,
          attachments: at % 50 === 0 ? 1 : 0,
        };
        addChange(db, dump, null, change, { person: 'bench', at: '2026-11-28T08:00:00.000Z' });
      }
      addBatch(db, {
        batch: `b${batch}`,
        dump,
        user,
        contact: author._id,
        device: `phone-${batch % DESK.devices}`,
        takenAt: `2026-11-${String(1 + (batch % 28)).padStart(2, '0')}T08:00:00.000Z`,
        flags: [],
      });
      assignRest(db, { dump, from: 0, to: Infinity }, `b${batch}`);
      recordTaken(db, {
        dump,
        format: 'station',
        claims: {},
        user,
        device: `phone-${batch % DESK.devices}`,
        people: [],
        flags: [],
        takenAt: '2026-11-28T08:00:00.000Z',
        seconds: 0,
        problems: 0,
        documents: { read: made.length, new: made.length, known: 0, skipped: 0, broken: 0 },
        attachments: { read: 0, bytes: 0 },
      });
    });
  }
  return { twice, rows };
}
