/**
 * Names by which people know an export. A dump is recognised by its content, never by its name; but a file with such a
 * name that cannot be used is somebody's work that would be left behind, so its name and the reason are said.
 */

/** What is added to a name by packing, by a browser (`file (1).json`) and by a download that was broken off. */
const ADDED =
  /(?:\s*\(\d{1,3}\)|-\d{1,2}|\.(?:gz|zip|7z|rar|xz|bz2|zst|tar|tgz|part|partial|crdownload|tmp|bak))$/i;
/** The folder in which exports are kept on a stick. */
const FOLDER = 'cht_data';
const NAMES: readonly RegExp[] = [
  /\.(?:json|ndjson|jsonl|chtdump|bundle)$/i,
  // cht-android: `<user>_<yyyymmdd>T<hhmmss>.txt`
  /_\d{8}T\d{4}(?:\d{2})?(?:\.txt)?$/i,
  // The station's own, and databases named as CHT names them.
  /^cht-.+-\d{8}T\d{6}Z/i,
  /^medic(?:-user-.+)?\.txt$/i,
  /^medic-user-/i,
];

/** @param path the name of a file, with or without folders before it (`/` or `\`) */
export function hasDumpName(path: string): boolean {
  const parts = path.split(/[\\/]/);
  const name = parts.at(-1) ?? '';
  if (parts.slice(0, -1).some((folder) => folder.toLowerCase() === FOLDER)) return true;
  let stem = name;
  for (let cut = 0; cut < 4; cut += 1) {
    if (NAMES.some((known) => known.test(stem))) return true;
    const shorter = stem.replace(ADDED, '');
    if (shorter === stem) return false;
    stem = shorter;
  }
  return false;
}

/** A name without an ending, as folders have: a link of that name may lead to a folder of exports. */
export function mayBeFolderName(name: string): boolean {
  return !name.includes('.');
}

/** Pictures, sound and films: looked at last. A phone's card holds tens of thousands of them. */
const MEDIA =
  /\.(?:jpe?g|png|gif|webp|heic|bmp|mp[34]|m4a|3gp|opus|ogg|aac|amr|wav|mkv|mov|avi|apk|pdf|vcf)$/i;

/** 0: has a dump's name; 1: may be anything; 2: surely something else by its name. The lower, the sooner it is looked at. */
export function lookingOrder(path: string): 0 | 1 | 2 {
  if (hasDumpName(path)) return 0;
  return MEDIA.test(path) ? 2 : 1;
}

/**
 * The order in which files are looked at, the soonest first: by `lookingOrder`, then what lies in a known folder, then what
 * lies near the top. A card of forty thousand files is not read through before its one export is offered.
 */
export function inLookingOrder<File extends { readonly name: string }>(files: readonly File[]): File[] {
  return files
    .map((file) => ({ file, rank: rankOf(file.name) }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ file }) => file);
}

/** No folder counts as deeper than this. */
const DEEPEST = 99;

function rankOf(path: string): number {
  const folders = path.split(/[\\/]/).slice(0, -1);
  const isKnown = folders.some(isKnownFolder);
  return (lookingOrder(path) * 2 + Number(!isKnown)) * (DEEPEST + 1) + Math.min(folders.length, DEEPEST);
}

/** Folders in which exports are kept, or in which phones and browsers put them: looked into first. */
const FIRST: ReadonlySet<string> = new Set([FOLDER, 'download', 'downloads', 'documents', 'bluetooth']);

export function isKnownFolder(name: string): boolean {
  return FIRST.has(name.toLowerCase());
}
