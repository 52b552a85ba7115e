/** The code of a receipt as a QR code. */
import { correction, generate, mode } from 'lean-qr';

/** What a code is made of: capital letters, digits and dashes, which a QR code holds in few squares. */
const CODE = /^[0-9A-Z-]{4,20}$/;

export interface QrDrawing {
  /** Squares on each side, without the quiet border of four. */
  readonly size: number;
  /** The dark squares, as a path of SVG in units of one square. */
  readonly path: string;
}

/** `null`: it is no code. */
export function receiptQr(code: string): QrDrawing | null {
  if (!CODE.test(code)) return null;
  const squares = generate(mode.alphaNumeric(code), { minCorrectionLevel: correction.M });
  let path = '';
  for (let y = 0; y < squares.size; y += 1)
    for (let x = 0; x < squares.size; x += 1) if (squares.get(x, y)) path += `M${x} ${y}h1v1h-1z`;
  return { size: squares.size, path };
}
