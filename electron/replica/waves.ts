/** Splits what comes for the replica where one thing of a document hangs on another. */

interface OfDocument {
  readonly id: string;
}

/** So that no document stands twice in one part, in the order in which they came. */
export function oneOfEach<Item extends OfDocument>(items: readonly Item[]): Item[][] {
  const parts: Item[][] = [];
  const seen = new Map<string, number>();
  for (const item of items) {
    const at = seen.get(item.id) ?? 0;
    seen.set(item.id, at + 1);
    (parts[at] ??= []).push(item);
  }
  return parts;
}

/**
 * So that no part holds a revision that another one in it has or names as an ancestor, in the order in which they came:
 * what the replica says of each is then the same as if they had been written one after the other. Conflicting versions
 * of a document, however many, stay together.
 */
export function independent<Item>(
  items: readonly Item[],
  of: (item: Item) => { readonly id: string; readonly rev: string; readonly history: readonly string[] },
): Item[][] {
  const times = new Map<string, number>();
  for (const item of items) times.set(of(item).id, (times.get(of(item).id) ?? 0) + 1);
  const parts: Item[][] = [];
  const documents = new Map<string, { part: number; named: Set<string> }>();
  for (const item of items) {
    const { id, rev, history } = of(item);
    let part = 0;
    if ((times.get(id) ?? 0) > 1) {
      let document = documents.get(id);
      if (document === undefined) documents.set(id, (document = { part: 0, named: new Set() }));
      if (document.named.has(rev)) {
        document.part += 1;
        document.named.clear();
      }
      document.named.add(rev);
      for (const named of history) document.named.add(named);
      part = document.part;
    }
    (parts[part] ??= []).push(item);
  }
  return parts;
}
