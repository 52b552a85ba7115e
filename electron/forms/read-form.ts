/** An XForm of an export or of the server as a table of labels. */
import type { FormTable } from '../../shared/forms/form-table.ts';
import { formTableOf } from '../../shared/forms/x-form.ts';
import { readXml, UnreadableXml } from './read-xml.ts';

/** `null`: the form could not be read. */
export function readForm(xform: string): FormTable | null {
  try {
    return formTableOf(readXml(xform));
  } catch (error) {
    if (error instanceof UnreadableXml) return null;
    throw error;
  }
}
