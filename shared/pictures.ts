/** Which attachments are shown: what a browser draws without running anything. A drawing in SVG may carry a script. */
const PICTURES: ReadonlySet<string> = new Set([
  'image/png',
  'image/jpeg',
  'image/gif',
  'image/webp',
  'image/avif',
  'image/bmp',
]);

/** @param contentType as the attachment says it, with or without parameters */
export function isPicture(contentType: string): boolean {
  return PICTURES.has(contentType.toLowerCase().split(';')[0]?.trim() ?? '');
}
