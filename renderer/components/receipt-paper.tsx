/** The receipt as it is on paper: who, where and when; counts that add up; what did not go, and why. */
import type { ReceiptLayout } from '../../shared/receipt-layout.ts';
import { receiptQr } from '../../shared/receipt-qr.ts';
import { Entries, Lines } from './paper.tsx';

const QUIET = 4;

export function ReceiptPaper({ layout }: { readonly layout: ReceiptLayout }) {
  const { title, code, codeWord, facts, read, parts, besides, end, lists } = layout;
  const qr = receiptQr(code);
  const box = (qr?.size ?? 0) + 2 * QUIET;
  return (
    <div className="receipt" tabIndex={0} role="region" aria-label={title}>
      <div className="receipt-head">
        <p className="receipt-code-line">
          {codeWord} <strong translate="no">{code}</strong>
        </p>
        {qr === null ? null : (
          <svg viewBox={`${-QUIET} ${-QUIET} ${box} ${box}`} role="img" aria-label={code}>
            <rect x={-QUIET} y={-QUIET} width={box} height={box} className="receipt-qr-ground" />
            <path d={qr.path} className="receipt-qr-squares" />
          </svg>
        )}
      </div>
      <Lines lines={facts} />
      <Lines lines={[...parts, read]} name="receipt-counts" />
      <Lines lines={besides} />
      <Lines lines={end} />
      {lists.map(({ heading, entries }) => (
        <section key={heading}>
          <h3>{heading}</h3>
          <Entries entries={entries} />
        </section>
      ))}
    </div>
  );
}
