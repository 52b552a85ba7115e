/** A receipt as a page of its own, that is saved or printed: one sheet, without script and without anything from elsewhere. */
import { layoutOf, type Line, type ReceiptStyle } from './receipt-layout.ts';
import { receiptQr } from './receipt-qr.ts';
import type { Receipt } from './receipt.ts';

const STYLE = `@page{size:A4;margin:18mm}
*{box-sizing:border-box}
body{margin:0 auto;max-width:44rem;padding:1.5rem;font:1rem/1.45 system-ui,'Segoe UI',Roboto,'Noto Sans',sans-serif;color:#14202a;background:#fff}
header{display:flex;gap:1.5rem;align-items:flex-start;justify-content:space-between;border-bottom:3px solid #0a5a74;padding-bottom:1rem}
h1{margin:0;font-size:1.75rem}
h2{margin:1.5rem 0 .25rem;font-size:1.125rem}
.code{margin:.25rem 0 0;font:600 1.25rem/1.2 ui-monospace,Consolas,'DejaVu Sans Mono',monospace;letter-spacing:.06em}
svg{inline-size:6.5rem;block-size:6.5rem;flex:none}
table{inline-size:100%;border-collapse:collapse;margin-top:1rem}
th,td{padding:.25rem 0;text-align:start;vertical-align:top;border-bottom:1px solid #d5dde2;overflow-wrap:anywhere}
th{font-weight:400;color:#4b5b67;inline-size:45%;padding-inline-end:1rem}
.counts td{text-align:end;font-variant-numeric:tabular-nums;font-weight:600}
.counts tr:last-child>*{border-bottom:0;border-top:2px solid #14202a;color:#14202a;font-weight:700}
tr,li{break-inside:avoid}
li{overflow-wrap:anywhere}`;

export function receiptPage(receipt: Receipt, style: ReceiptStyle = {}): string {
  const { language = 'en' } = style;
  const { title, code, codeWord, facts, read, parts, besides, end, lists } = layoutOf(receipt, style);
  const qr = receiptQr(code);
  const picture =
    qr === null
      ? ''
      : `<svg viewBox="-4 -4 ${qr.size + 8} ${qr.size + 8}" role="img" aria-label="${escape(code)}"><path d="${qr.path}"/></svg>`;
  const listed = lists.map(
    ({ heading, entries }) =>
      `<h2>${escape(heading)}</h2><ul>${entries.map((entry) => `<li>${escape(entry)}</li>`).join('')}</ul>`,
  );
  const head = `<header><div><h1>${escape(title)}</h1><p class="code">${escape(codeWord)} ${escape(code)}</p></div>${picture}</header>`;
  const body = `${head}${table(facts)}${table([...parts, read], 'counts')}${table(besides)}${table(end)}${listed.join('')}`;
  return `<!doctype html><html lang="${language}"><head><meta charset="utf-8"><title>${escape(title)} ${escape(code)}</title><style>${STYLE}</style></head><body>${body}</body></html>`;
}

function table(lines: readonly Line[], name = ''): string {
  if (lines.length === 0) return '';
  const rows = lines.map(
    ([label, value]) => `<tr><th scope="row">${escape(label)}</th><td>${escape(value)}</td></tr>`,
  );
  return `<table${name === '' ? '' : ` class="${name}"`}>${rows.join('')}</table>`;
}

function escape(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
