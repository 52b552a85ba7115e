/** Forms: the list and the files that the api offers, and what it makes of a form that somebody uploaded. */
import type { Answer, AskedBy } from './http.ts';
import { apiError } from './http.ts';
import type { StoredDoc } from './pouch.ts';
import type { Store } from './store.ts';
import { ADMIN_NAME } from './users.ts';

async function forms(store: Store): Promise<StoredDoc[]> {
  const current = await store.current();
  return [...current.values()].filter((doc) => doc.type === 'form' && doc._attachments?.xml !== undefined);
}

/** GET /api/v1/forms: the names of the files, or the list that collecting apps read. */
export async function listForms(store: Store, asked: AskedBy): Promise<Answer> {
  const names = (await forms(store)).map((doc) => String(doc.internalId)).sort();
  if (asked.headers['x-openrosa-version'] === undefined) {
    return { status: 200, body: names.map((name) => `${name}.xml`) };
  }
  const entries = names.map((name) => `<xform><formID>${name}</formID></xform>`).join('');
  const list = `<xforms xmlns="http://openrosa.org/xforms/xformsList">${entries}</xforms>`;
  return {
    status: 200,
    headers: { 'content-type': 'text/xml; charset=utf-8', 'x-openrosa-version': '1.0' },
    body: `<?xml version="1.0" encoding="UTF-8"?>${list}`,
  };
}

/** GET /api/v1/forms/CODE.xml: the XForm. */
export async function formFile(store: Store, file: string): Promise<Answer> {
  const dot = file.lastIndexOf('.');
  const [code, format] = [file.slice(0, Math.max(dot, 0)), file.slice(dot + 1)];
  if (code === '') throw apiError(400, `Invalid form name (form="${code}", format="${format}")`);
  if (format !== 'xml') throw apiError(400, `Invalid file format (format="${format}")`);
  const form = (await forms(store)).find((doc) => doc.internalId === code);
  const type = form?._attachments?.xml?.content_type;
  if (form === undefined || type === undefined) throw apiError(404, `Form not found: ${code} (${format})`);
  const body = await store.database().getAttachment(form._id, 'xml', { rev: form._rev });
  return { status: 200, headers: { 'content-type': type }, body };
}

/**
 * Some seconds after a form came, the api keeps with it what the app shows: `model.xml`, the empty record, and
 * `form.html`, the questions. Here the model is only cut out, and the page only says which form it is: a real one comes out
 * of a transformation that the practice server does not have.
 */
export async function convertForm(store: Store, doc: StoredDoc): Promise<void> {
  if (doc._attachments?.xml === undefined || doc._attachments['model.xml'] !== undefined) return;
  const bytes = await store.database().getAttachment(doc._id, 'xml', { rev: doc._rev });
  const [instance = '<instance/>'] = /<instance>[\s\S]*?<\/instance>/.exec(bytes.toString('utf8')) ?? [];
  const data = (text: string) => Buffer.from(text).toString('base64');
  const made = {
    'form.html': {
      content_type: 'text/html',
      data: data(`<form data-form="${String(doc.internalId)}"></form>`),
    },
    'model.xml': { content_type: 'text/xml', data: data(`<model>${instance}</model>`) },
  };
  await store.write([{ ...doc, _attachments: { ...doc._attachments, ...made } }], ADMIN_NAME);
}
