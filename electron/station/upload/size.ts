/** How large records are that the server cannot take: measured here, kept with them for everybody who asks why. */
import { recordSize } from '../../ledger/refusals.ts';
import { BODY_BYTES, MEASURED_BYTES } from '../../upload/delivery.ts';
import type { Core } from '../core.ts';
import { sizeOfVersion } from '../review/versions.ts';

interface Sized {
  readonly id: string;
  readonly rev: string;
  /** In its dump. */
  readonly bytes: number;
}

/** Bytes of a record as it is sent; its size is kept where it fits into no request. `null`: its content is not here. */
export async function measure(core: Core, { id, rev }: Sized): Promise<number | null> {
  const size = await sizeOfVersion(core, { id, rev });
  if (size === null) return null;
  if (size.bytes > BODY_BYTES) recordSize(core.db, { id, rev }, size);
  return size.bytes;
}

/** Whether it fits into no request. Its size in the dump says whether it is worth measuring. */
export async function isTooLarge(core: Core, change: Sized): Promise<boolean> {
  if (change.bytes < MEASURED_BYTES) return false;
  return ((await measure(core, change)) ?? 0) > BODY_BYTES;
}

/** For what was too large for something between here and the server, which may take less than CHT does. */
export async function keepSizes(core: Core, changes: readonly Sized[]): Promise<void> {
  for (const { id, rev } of changes) {
    const size = await sizeOfVersion(core, { id, rev });
    if (size !== null) recordSize(core.db, { id, rev }, size);
  }
}
