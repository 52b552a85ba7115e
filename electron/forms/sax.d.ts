/** The little of `sax` that is used here (sax 1.6, lib/sax.js). */
declare module 'sax' {
  export interface SaxParser {
    onerror: (error: Error) => void;
    ontext: (text: string) => void;
    oncdata: (text: string) => void;
    ondoctype: (text: string) => void;
    onopentagstart: (tag: { readonly name: string }) => void;
    onattribute: (attribute: { readonly name: string; readonly value: string }) => void;
    onclosetag: (name: string) => void;
    write(chunk: string): SaxParser;
    close(): SaxParser;
  }
  export interface SaxOptions {
    /** No place in the text is kept. */
    readonly position?: boolean;
    /** Only the five entities of XML itself. */
    readonly strictEntities?: boolean;
  }
  export function parser(strict: boolean, options?: SaxOptions): SaxParser;
  const sax: { readonly parser: typeof parser };
  export default sax;
}
