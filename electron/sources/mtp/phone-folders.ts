/** Where on a phone dumps may lie. A phone holds tens of thousands of files; only these folders are looked into. */

/** Folders at the top of a storage; Android does not translate them. */
const OPEN_FOLDERS = ['Download', 'Documents'];

/** Where Android keeps what an app wrote for itself but shows over a cable. */
const APP_PARENTS = ['Android/data', 'Android/media'];

/**
 * The Android ids of the CHT app: this one, or this one with a brand behind it. All brands of
 * https://github.com/medic/cht-android are `org.medicmobile.webapp.mobile[.BRAND]` (`build.gradle`,
 * `productFlavors`). A country that builds the app under another name adds it here.
 */
export const CHT_APPS: readonly string[] = ['org.medicmobile.webapp.mobile'];

export function isChtApp(folder: string, apps: readonly string[] = CHT_APPS): boolean {
  const name = folder.toLowerCase();
  return apps.some((app) => name === app || name.startsWith(`${app}.`));
}

/**
 * Whether a folder is looked into. `path`: the names from the top of the storage down to it.
 * Names are compared without case, as Android's shared storage does.
 */
export function isWanted(path: readonly string[]): boolean {
  const names = path.map((name) => name.toLowerCase());
  if (OPEN_FOLDERS.some((folder) => folder.toLowerCase() === names[0])) return true;
  return APP_PARENTS.some((parent) => {
    const parts = parent.toLowerCase().split('/');
    const isOnTheWay = names.every((name, at) => at >= parts.length || name === parts[at]);
    return isOnTheWay && (names.length <= parts.length || isChtApp(names[parts.length] ?? ''));
  });
}

/** Whether files of a folder are dumps perhaps, or the folder is only on the way to one. */
export function holdsFiles(path: readonly string[]): boolean {
  return isWanted([...path, '']) && path.length > 0;
}
