import { describe, expect, it } from 'vitest';
import { readXml, UnreadableXml, XML_LIMITS } from '../../electron/forms/read-xml.ts';
import { childOf, textOf } from '../../shared/forms/xml-tree.ts';

const reading = (xml: string) => () => readXml(xml);

it('reads elements, attributes and text without prefixes', () => {
  const root = readXml(
    '<?xml version="1.0"?>\n<h:a xmlns:h="x" jr:k="1 &lt; 2"><!-- b --><b>x &amp; y<![CDATA[<z>]]></b></h:a>',
  );
  expect(root.name).toBe('a');
  expect(root.attributes.get('k')).toBe('1 < 2');
  expect(textOf(childOf(root, 'b'))).toBe('x & y<z>');
});

describe('nothing is expanded', () => {
  const bomb = Array.from({ length: 20 }, (_, n) => `<!ENTITY l${n + 1} "${`&l${n};`.repeat(10)}">`).join('');
  it.each([
    ['a billion laughs', `<?xml version="1.0"?><!DOCTYPE a [<!ENTITY l0 "ha">${bomb}]><a>&l20;</a>`],
    [
      'a quadratic blow-up',
      `<!DOCTYPE a [<!ENTITY x "${'x'.repeat(100_000)}">]><a>${'&x;'.repeat(10_000)}</a>`,
    ],
    ['a file from outside', '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'],
    ['a parameter entity', '<!DOCTYPE a [<!ENTITY % x SYSTEM "http://127.0.0.1/x"> %x;]><a/>'],
    ['a document type alone', '<!DOCTYPE a><a/>'],
    ['in small letters', '<!doctype a><a/>'],
    ['an entity that nobody declared', '<a>&nbsp;</a>'],
    ['a character that XML does not have', '<a>&#0;</a>'],
  ])('%s', (_, xml) => expect(reading(xml)).toThrow(UnreadableXml));
});

describe('within bounds', () => {
  it.each([
    ['depth', '<a>'.repeat(101) + '</a>'.repeat(101)],
    ['elements', `<a>${'<b/>'.repeat(200_000)}</a>`],
    ['attributes', `<a ${Array.from({ length: 51 }, (_, n) => `a${n}=""`).join(' ')}/>`],
    ['names', `<${'a'.repeat(301)}/>`],
    ['characters', `<a>${'x'.repeat(XML_LIMITS.characters)}</a>`],
    // Each of these makes a parser that reads on from the beginning run for hours.
    ['a declaration that never ends', `<!${'x'.repeat(3_000_000)}`],
    ['a comment that never ends', `<a><!--${'-x'.repeat(1_500_000)}`],
    ['an instruction that never ends', `<?xml ${'? '.repeat(1_500_000)}`],
    ['an entity that never ends', `<a>&${'x'.repeat(3_000_000)}`],
    ['a section that never ends', `<a><![CDATA[${']]'.repeat(1_500_000)}`],
    ['angle brackets', '<'.repeat(3_000_000)],
  ])('%s', (_, xml) => expect(reading(xml)).toThrow(UnreadableXml));

  it('as deep and as wide as it may be', () => {
    expect(readXml('<a>'.repeat(100) + '</a>'.repeat(100)).name).toBe('a');
    expect(readXml(`<a>${'<b/>'.repeat(199_999)}</a>`).children).toHaveLength(199_999);
  });

  it.each(['', ' ', 'text', '<a>', '<a></b>', '<a/><b/>', '<a b=c/>', '<a b/>', '\u0000', '<a>\ud800'])(
    '%j',
    (xml) => expect(reading(xml)).toThrow(UnreadableXml),
  );
});
