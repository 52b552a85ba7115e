/** XML as a plain tree: names without their prefix, text between elements in its place. */

export interface XmlElement {
  /** Without its prefix. */
  readonly name: string;
  /** By their names without prefix. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly (XmlElement | string)[];
}

export function elementsOf(element: XmlElement): XmlElement[] {
  return element.children.filter((child) => typeof child !== 'string');
}

/** The first element of that name below it. */
export function childOf(element: XmlElement | undefined, name: string): XmlElement | undefined {
  return element === undefined ? undefined : elementsOf(element).find((child) => child.name === name);
}

export function childrenOf(element: XmlElement | undefined, name: string): XmlElement[] {
  return element === undefined ? [] : elementsOf(element).filter((child) => child.name === name);
}

/** The text that stands directly in it. */
export function textOf(element: XmlElement | undefined): string {
  return element === undefined ? '' : element.children.filter((child) => typeof child === 'string').join('');
}
