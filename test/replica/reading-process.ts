/** Opens a store and reads all of it: `node reading-process.ts FOLDER [LOOK_BYTES]`. Tells how it was found, and what is missing. */
import { openLocalReplica } from '../../electron/replica/local.ts';
import { rev } from '../support/revisions.ts';

const [folder = '', lookBytes] = process.argv.slice(2);
const replica = await openLocalReplica(
  folder,
  lookBytes === undefined ? {} : { lookBytes: Number(lookBytes) },
);
const ids = ['a', 'b'].flatMap((id) => Array.from({ length: 100 }, (_, n) => `${id}${n}`));
const read = await replica.readAll(ids.map((id) => ({ id, rev: rev(1, id) })));
await replica.close();
console.log(
  JSON.stringify({ found: replica.found.kind, missing: read.filter((one) => one === null).length }),
);
