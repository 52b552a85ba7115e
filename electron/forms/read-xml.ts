/**
 * XML of whoever wrote an export, as a tree, within bounds. There is no document type and no entity but XML's own five:
 * what declares one is refused before the parser sees it, so nothing can be expanded and nothing fetched.
 */
import sax from 'sax';
import { LIMITS } from '../../shared/limits.ts';
import type { XmlElement } from '../../shared/forms/xml-tree.ts';

/** How much of XML is read; the largest forms that are known stay far below. */
export interface XmlLimits {
  readonly characters: number;
  readonly depth: number;
  readonly elements: number;
  /** Of one element. */
  readonly attributes: number;
  /** Characters of the name of an element or attribute. */
  readonly name: number;
}

export const XML_LIMITS: XmlLimits = {
  characters: LIMITS.labelCharacters,
  depth: LIMITS.depth,
  elements: 200_000,
  attributes: 50,
  name: 300,
};

/** `<!DOCTYPE`, `<!ENTITY` and the like: everything that begins so but a comment or a CDATA section. */
const DECLARES = /<!(?!--|\[CDATA\[)/;

/** Why XML was not read. */
export class UnreadableXml extends Error {}

interface Open {
  readonly name: string;
  readonly attributes: Map<string, string>;
  readonly children: (XmlElement | string)[];
}

/**
 * The root of well-formed XML. The work grows with the characters and no faster, so the bounds bound the time, too.
 * @throws UnreadableXml not well-formed, with a document type, or past a bound
 */
export function readXml(xml: string, limits: XmlLimits = XML_LIMITS): XmlElement {
  if (xml.length > limits.characters) throw new UnreadableXml('too long');
  if (DECLARES.test(xml)) throw new UnreadableXml('has a document type');
  const parser = sax.parser(true, { strictEntities: true, position: false });
  const above: Open[] = [];
  let root: XmlElement | undefined;
  let elements = 0;

  const addText = (text: string): void => {
    above.at(-1)?.children.push(text);
  };
  parser.onerror = (error) => {
    throw new UnreadableXml(error.message);
  };
  parser.ondoctype = () => {
    throw new UnreadableXml('has a document type');
  };
  parser.ontext = addText;
  parser.oncdata = addText;
  parser.onopentagstart = ({ name }) => {
    elements += 1;
    if (elements > limits.elements) throw new UnreadableXml('too many elements');
    if (above.length >= limits.depth) throw new UnreadableXml('too deep');
    const element: Open = { name: localName(name, limits), attributes: new Map(), children: [] };
    const parent = above.at(-1);
    if (parent === undefined) {
      if (root !== undefined) throw new UnreadableXml('more than one root');
      root = element;
    } else parent.children.push(element);
    above.push(element);
  };
  parser.onattribute = ({ name, value }) => {
    const attributes = above.at(-1)?.attributes;
    if (attributes === undefined) return;
    if (attributes.size >= limits.attributes) throw new UnreadableXml('too many attributes');
    attributes.set(localName(name, limits), value);
  };
  parser.onclosetag = () => {
    above.pop();
  };
  parser.write(xml).close();
  if (root === undefined) throw new UnreadableXml('empty');
  return root;
}

/** Without the prefix: XForms have one meaning for each name that is read here. */
function localName(name: string, limits: XmlLimits): string {
  if (name.length > limits.name) throw new UnreadableXml('too long a name');
  return name.slice(name.indexOf(':') + 1);
}
