/**
 * What reading a phone of any size costs it:
 *
 * ```
 * npm run rig:phone -- [DOCUMENTS] [PHOTOS] [BYTES OF A PHOTO]
 * ```
 */
import { measureVolume } from './rig/volume.ts';

const [documents = 10_000, photos = 500, photoBytes = 120_000] = process.argv.slice(2).map(Number);

const measured = await measureVolume({ documents, photos, photoBytes }, (line) => console.error(line), 5);
const mb = (bytes: number | null) => (bytes === null ? 'not known' : `${(bytes / 1_000_000).toFixed(1)} MB`);
console.log(`${measured.records} records and ${measured.photos} photos in ${measured.seconds.toFixed(1)} s`);
console.log(`over the cable                    ${mb(measured.bytes)}`);
console.log(`heap above idle, at most          ${mb(measured.heapBytes)}`);
console.log(`page's process above idle         ${mb(measured.processBytes)}`);
console.log(`longest block of the page         ${measured.longestBlockMs.toFixed(0)} ms`);
console.log(
  `read twice after 3 pulled cables  ${mb(measured.bytesTwice)} (a page: ${mb(measured.pageBytes)})`,
);
process.exit(0);
