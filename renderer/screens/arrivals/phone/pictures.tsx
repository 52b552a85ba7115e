/**
 * What the clerk sees on a phone, drawn: no photograph of one maker's screens would fit another's. The pictures
 * only go with words, so they have none of their own.
 */
import type { ReactNode } from 'react';

/** The steps, in the order in which they are done. */
export const STEPS = ['about', 'allow', 'ask', 'app', 'what', 'forbid'] as const;
/** Those of a sync. */
export const SYNC_STEPS = ['open', 'cable', 'asked', 'wait', 'stopped', 'end'] as const;
export type Step = (typeof STEPS)[number] | (typeof SYNC_STEPS)[number];

export function StepPicture({ step }: { readonly step: Step }) {
  return (
    <svg className="phone-picture" viewBox="0 0 120 120" aria-hidden>
      <rect className="phone-body" x="34" y="4" width="52" height="112" rx="7" />
      <rect className="phone-screen" x="38" y="12" width="44" height="92" rx="2" />
      {DRAWINGS[step]}
    </svg>
  );
}

/** A line of a list of settings; the marked one is meant. */
function Row({ y, marked = false }: { readonly y: number; readonly marked?: boolean }) {
  return (
    <>
      {marked ? <rect className="phone-mark" x="39" y={y - 6} width="42" height="12" rx="2" /> : null}
      <rect
        className={marked ? 'phone-ink' : 'phone-line'}
        x="43"
        y={y - 2}
        width={marked ? 26 : 32}
        height="4"
      />
    </>
  );
}

function Switch({ y, on }: { readonly y: number; readonly on: boolean }) {
  return (
    <>
      <rect className={on ? 'phone-on' : 'phone-off'} x="66" y={y - 4} width="13" height="8" rx="4" />
      <circle className="phone-knob" cx={on ? 75 : 70} cy={y} r="3" />
    </>
  );
}

/** A finger's tap. */
function Tap({ x, y }: { readonly x: number; readonly y: number }) {
  return (
    <>
      <circle className="phone-tap" cx={x} cy={y} r="9" />
      <circle className="phone-tap-dot" cx={x} cy={y} r="3" />
    </>
  );
}

const DRAWINGS: Readonly<Record<Step, ReactNode>> = {
  about: (
    <>
      <Row y={24} />
      <Row y={40} />
      <Row y={56} />
      <Row y={72} />
      <Row y={90} marked />
      <Tap x={74} y={90} />
      <text className="phone-words" x="104" y="94">
        7×
      </text>
    </>
  ),
  allow: (
    <>
      <Row y={24} />
      <Row y={44} />
      <Row y={64} marked />
      <Switch y={64} on />
      <Row y={84} />
      <Tap x={73} y={64} />
    </>
  ),
  ask: (
    <>
      <path className="phone-cable" d="M60 116 v-8" />
      <rect className="phone-question" x="36" y="36" width="48" height="44" rx="4" />
      <rect className="phone-ink" x="41" y="44" width="36" height="4" />
      <rect className="phone-line" x="41" y="53" width="28" height="4" />
      <rect className="phone-on" x="58" y="64" width="22" height="10" rx="3" />
      <Tap x={70} y={69} />
    </>
  ),
  app: (
    <>
      <rect className="phone-on" x="38" y="12" width="44" height="14" />
      <Row y={38} />
      <Row y={52} />
      <Row y={66} />
      <Row y={80} />
      <path className="phone-cable" d="M60 116 v-8" />
    </>
  ),
  open: (
    <>
      <rect className="phone-on" x="38" y="12" width="44" height="14" />
      <Row y={40} />
      <Row y={56} />
      <Row y={72} />
      <path className="phone-ink" d="M56 96 l5 -5 v10 z" />
    </>
  ),
  cable: (
    <>
      <circle className="phone-off" cx="60" cy="46" r="3" />
      <path className="phone-arrow" d="M52 38 a11 11 0 0 1 16 0 M47 32 a18 18 0 0 1 26 0" />
      <path className="phone-cross" d="M46 24 l28 28" />
      <path className="phone-cable" d="M60 116 v-34" />
      <path className="phone-arrow" d="M54 78 l6 -6 l6 6 M54 92 l6 6 l6 -6" />
    </>
  ),
  asked: (
    <>
      <Row y={28} />
      <Row y={44} />
      <Row y={60} marked />
      <rect className="phone-question" x="46" y="72" width="28" height="24" rx="4" />
      <text className="phone-words" x="60" y="90">
        ?
      </text>
    </>
  ),
  wait: (
    <>
      <rect className="phone-on" x="38" y="12" width="44" height="14" />
      <path className="phone-arrow" d="M52 78 v-36 m-7 8 l7 -8 l7 8" />
      <path className="phone-arrow" d="M69 42 v36 m-7 -8 l7 8 l7 -8" />
      <path className="phone-cable" d="M60 116 v-8" />
    </>
  ),
  stopped: (
    <>
      <rect className="phone-on" x="38" y="12" width="44" height="14" />
      <Row y={40} />
      <path className="phone-arrow" d="M73 68 a14 14 0 1 1 -5 -9 m1 -9 v10 h-10" />
      <path className="phone-cable" d="M60 116 v-4 M60 108 v-4" />
      <path className="phone-cross" d="M52 92 l16 12 m0 -12 l-16 12" />
    </>
  ),
  end: (
    <>
      <Row y={28} />
      <Row y={92} />
      <circle className="phone-on" cx="60" cy="60" r="17" />
      <path className="phone-cross" d="M52 60 l6 7 l11 -14" />
    </>
  ),
  what: (
    <>
      <Row y={30} />
      <Row y={44} />
      <Row y={58} />
      <path className="phone-arrow" d="M88 58 h24 m-8 -8 l8 8 l-8 8" />
      <circle className="phone-off" cx="50" cy="84" r="7" />
      <circle className="phone-off" cx="70" cy="84" r="7" />
      <path className="phone-cross" d="M42 76 l36 16 m0 -16 l-36 16" />
    </>
  ),
  forbid: (
    <>
      <Row y={24} />
      <Row y={44} />
      <Row y={64} marked />
      <Switch y={64} on={false} />
      <Row y={84} />
      <Tap x={70} y={64} />
    </>
  ),
};
