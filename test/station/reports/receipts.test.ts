import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { receiptPage } from '../../../shared/receipt-page.ts';
import { BEFORE_PEOPLE, computerAccount, PRACTICE, STATION } from '../../../shared/people.ts';
import { receiptText } from '../../../shared/receipt-text.ts';
import { headCode } from '../../../shared/chain-head.ts';
import type { Receipt } from '../../../shared/receipt.ts';
import { startPracticeServer, type PracticeServer } from '../../../electron/practice/server.ts';
import { document, person, purgeStub, report } from '../../support/documents.ts';
import { stationDump } from '../../support/dumps.ts';
import { compareAs, uploadAs } from '../../support/uploads.ts';
import { openTestStation, type TestStation } from '../../support/station.ts';

const RECEIPT: Receipt = {
  code: 'ABCD-1234',
  batch: 'b1',
  batches: ['b1'],
  user: 'chw1',
  name: 'Violet Cedar',
  facility: 'Riverside Health Centre',
  device: 'phone-1',
  dump: 'd1',
  takenAt: '2026-03-01T10:00:00.000Z',
  printedAt: '2026-03-02T10:00:00.000Z',
  clerk: 'Amina',
  period: { from: Date.UTC(2026, 1, 3), to: Date.UTC(2026, 1, 27) },
  station: 'Riverside',
  server: 'https://cht.example.org',
  read: 45,
  alreadyHere: 1,
  toSend: 30,
  approved: 5,
  held: 6,
  heldRecords: [
    {
      id: 'h1',
      rev: '1-a',
      label: 'Visit',
      reason: 'ask her',
      reportedAt: Date.UTC(2026, 1, 4),
      about: 'Zawadi',
    },
  ],
  open: 7,
  accepted: 12,
  serverHadIt: 2,
  superseded: 3,
  settled: 4,
  notSent: 3,
  refused: [
    {
      id: 'r1',
      rev: '1-a',
      label: 'Visit',
      reason: 'no-access',
      reportedAt: Date.UTC(2026, 1, 5),
      about: 'Juma',
    },
  ],
  broken: 2,
  history: { entries: 1234, code: '7ZQ0-ABCD-EFGH-JKMN' },
  approvedBy: [
    { person: 'Amina Kato', second: null },
    { person: 'Joseph', second: 'Amina Kato' },
  ],
  sentAs: ['chw1', 'sup_online'],
};

/** The numbers that stand on the paper, by their words. */
function numbersOf(text: string): Record<string, number> {
  const rows = [...text.matchAll(/^(.+?)\s{2,}(\d+)$/gm)];
  return Object.fromEntries(rows.map(([, label = '', value]) => [label, Number(value)]));
}

describe('a receipt on paper', () => {
  it('names every record that was read in exactly one line', () => {
    const { 'Records read': read, ...places } = numbersOf(receiptText(RECEIPT));
    expect(read).toBe(45);
    expect(Object.values(places).reduce((sum, one) => sum + one, 0)).toBe(read);
    expect(places).toMatchObject({
      'Accepted by the server': 12,
      'Ready to send': 5,
      'To decide': 6,
      'Refused by the server': 1,
    });
  });

  it('leaves out what is nothing, but never what was accepted', () => {
    const empty = { ...RECEIPT, accepted: 0, held: 0, broken: 0, settled: 0, refused: [], open: 0 };
    const numbers = numbersOf(receiptText(empty));
    expect(numbers).toMatchObject({ 'Accepted by the server': 0 });
    for (const word of ['Held', 'Unreadable', 'To decide', 'Refused by the server'])
      expect(numbers).not.toHaveProperty(word);
  });

  it('says in words who works here where that is nobody who was set up', () => {
    const clerk = (name: string, language?: 'fr') =>
      /^(?:Clerk|Agent de la station) +(.*)$/m.exec(
        receiptText({ ...RECEIPT, clerk: name }, { language }),
      )?.[1];
    expect(clerk('Amina')).toBe('Amina');
    expect(clerk(computerAccount('$& root'))).toBe('$& root (computer account)');
    expect([clerk(PRACTICE, 'fr'), clerk(STATION), clerk(BEFORE_PEOPLE)]).toEqual([
      'exercice',
      'the station itself',
      'before people were named',
    ]);
  });

  it('says what is not known', () => {
    const text = receiptText({ ...RECEIPT, user: null, name: null, device: null, server: null });
    expect(text).toMatch(/Health worker +unknown\nDevice +unknown/);
    expect(text).toMatch(/Server +not set/);
  });

  it('says when in words, with the time zone, in the language of the window', () => {
    const nairobi = { timeZone: 'Africa/Nairobi' } as const;
    expect(receiptText(RECEIPT, nairobi)).toMatch(/^Imported +1 March 2026 at 13:00 (EAT|GMT\+3)$/m);
    const account = { ...RECEIPT, stationAccounts: ['sup_online'] };
    const french = receiptText(
      {
        ...account,
        refused: [
          {
            id: 'r1',
            rev: '1-a',
            label: 'Visite',
            reason: 'subject-elsewhere',
            reportedAt: Date.UTC(2026, 1, 5),
            about: 'Juma',
          },
        ],
      },
      { ...nairobi, language: 'fr' },
    );
    expect(french).toMatch(/^Reçu\n====\n/);
    expect(french).toMatch(/^Récupéré +1 mars 2026 à 13:00 (EAT|UTC\+3)$/m);
    expect(french).toMatch(/^Envoyé par +chw1, sup_online \(compte de la station\)$/m);
    expect(french).toContain(
      '  - Visite, Juma, 5 février 2026: Le patient ou le lieu appartient maintenant à une autre zone.\n',
    );
    expect(numbersOf(french)).toMatchObject({ 'Fiches lues': 45, 'Acceptées par le serveur': 12 });
    expect(Object.keys(numbersOf(french))).toHaveLength(Object.keys(numbersOf(receiptText(account))).length);
    const page = receiptPage(RECEIPT, { language: 'fr' });
    expect(page).toContain('<html lang="fr">');
    expect(page).not.toMatch(/Received|T10:00/);
    expect(receiptText({ ...RECEIPT, takenAt: 'no date' })).toMatch(/^Imported +no date$/m);
  });

  const HOSTILE = `<img src=x onerror="alert(1)">&'\nAccepted by the server  500\u001b[2J\u202e`;
  const hostile: Receipt = {
    ...RECEIPT,
    user: HOSTILE,
    device: HOSTILE,
    station: HOSTILE,
    server: HOSTILE,
    sentAs: [HOSTILE],
    code: HOSTILE,
    name: HOSTILE,
    facility: HOSTILE,
    clerk: HOSTILE,
    heldRecords: [
      { id: HOSTILE, rev: '1-a', label: HOSTILE, reason: HOSTILE, reportedAt: 0, about: HOSTILE },
    ],
    refused: [{ id: HOSTILE, rev: '1-a', label: HOSTILE, reason: HOSTILE, reportedAt: 0, about: HOSTILE }],
  };

  it('is text: no line, count or order for the terminal can be smuggled in', () => {
    const text = receiptText(hostile);
    expect(text.split('\n')).toHaveLength(receiptText(RECEIPT).split('\n').length);
    expect(numbersOf(text)['Accepted by the server']).toBe(12);
    // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
    expect(text.replaceAll('\n', '')).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
  });

  it('is a page of text: no element or attribute can be smuggled in', () => {
    const html = receiptPage(hostile);
    expect(html).not.toContain('<img');
    expect(html).not.toMatch(/onerror="/);
    expect(html).toContain('&lt;img src=x onerror=&quot;alert(1)&quot;&gt;&amp;');
    const tags = (page: string) => [...page.matchAll(/<[^>]*>/g)].map(([tag]) => tag);
    // What is no code has no picture.
    expect(tags(html)).toEqual(tags(receiptPage({ ...RECEIPT, code: '?' })));
  });
});

describe('the receipt of a batch', () => {
  let server: PracticeServer;
  let station: TestStation;
  beforeAll(async () => {
    server = await startPracticeServer();
    station = await openTestStation({ practice: server });
  });
  afterAll(async () => {
    await station.close();
    await server.close();
  });

  it('follows the records from the phone to the server, in every form', async () => {
    const visit = (id: string) =>
      document(id, {
        type: 'data_record',
        form: 'home_visit',
        contact: { _id: 'hc1-chw1' },
        fields: { patient_id: 'hc1-area-1-home-1-person-1' },
      });
    const taken = await station.take(
      stationDump([
        visit('one'),
        visit('two'),
        visit('three'),
        document('form:x', { type: 'form' }),
        purgeStub('gone'),
        { ...visit('bad'), _rev: 'x' },
      ]),
    );
    const batch = taken.batch ?? '';
    const receipt = async () => JSON.parse((await station.ask('receipt.get', { batch })).content) as Receipt;
    const counts = async () => {
      const { read, accepted, approved, open, held, notSent, broken } = await receipt();
      return { read, accepted, approved, open, held, notSent, broken };
    };
    const before = await receipt();
    expect(before).toMatchObject({ batch, user: 'chw1', dump: taken.dump, server: server.url, sentAs: [] });
    expect(before.read).toBe(taken.documents.read);
    const rest = { read: 6, notSent: 2, broken: 1 };
    expect(await counts()).toEqual({ ...rest, open: 3, approved: 0, held: 0, accepted: 0 });

    await compareAs(station, server, 'chw1');
    await station.ask('decide.approve', { batch });
    await station.ask('decide.hold', { batch, ids: ['three'], reason: 'ask her' });
    expect(await counts()).toEqual({ ...rest, open: 0, approved: 2, held: 1, accepted: 0 });
    const { code } = await receipt();
    expect((await receipt()).code).toBe(code);

    await uploadAs(station, server, 'chw1');
    expect(await counts()).toEqual({ ...rest, open: 0, approved: 0, held: 1, accepted: 2 });
    const after = await receipt();
    expect(after.sentAs).toEqual(['chw1']);
    expect(after.code).toMatch(/^[0-9A-HJKMNP-TV-Z]{6}-[0-9A-HJKMNP-TV-Z]{3}$/);
    expect(after.code).not.toBe(code);

    // The head of the history stands on the paper, and later shows that nothing of it was changed.
    const { head, entries } = await station.ask('ledger.verify', {});
    expect(after.history).toEqual({ entries, code: headCode(head ?? '') });
    await station.ask('decide.release', { batch, ids: ['three'] });
    const printed = after.history?.code.toLowerCase().replaceAll('-', ' ').replaceAll('0', 'o') ?? '';
    expect(await station.ask('ledger.verify', { head: printed })).toMatchObject({ brokenAt: null });
    const other = `${after.history?.code.slice(0, -1)}${after.history?.code.endsWith('Z') ? 'Y' : 'Z'}`;
    expect((await station.ask('ledger.verify', { head: other })).brokenAt).not.toBeNull();
    await station.ask('decide.hold', { batch, ids: ['three'], reason: 'ask her' });

    const text = await station.ask('receipt.get', { batch, format: 'text' });
    expect(text.format).toBe('text');
    expect(numbersOf(text.content)).toMatchObject({ 'Records read': 6, 'Accepted by the server': 2 });
    const html = await station.ask('receipt.get', { batch, format: 'html' });
    expect(html.content).toContain('<th scope="row">Accepted by the server</th><td>2</td>');
  });

  it('of a dump that brought nothing new says that everything was here', async () => {
    const docs = [report('r1'), person('p1', 'Ann')];
    await station.take(stationDump(docs));
    const again = await station.take(stationDump([...docs].reverse()));
    const { content } = await station.ask('receipt.get', { batch: again.batch ?? '' });
    expect(JSON.parse(content)).toMatchObject({ read: 2, alreadyHere: 2, open: 0, toSend: 0, accepted: 0 });
  });
});
