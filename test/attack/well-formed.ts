/** Parameters that the contract takes, made of its own shapes: an attacker fills in forms as well as anybody. */
import { safeParse, type GenericSchema } from 'valibot';
import { CHECKS, type RequestName } from '../../shared/contract.ts';

/** As much of a shape of valibot as is walked. */
interface Shape {
  readonly type: string;
  readonly entries?: Readonly<Record<string, Shape>>;
  readonly wrapped?: Shape;
  readonly item?: Shape;
  readonly options?: readonly unknown[];
}

/** What stands in a field of this name. */
export type Names = Readonly<Record<string, string>>;

/** Of these some fit every text, number and date of the contract; a new kind of them is added here. */
const TEXTS = [
  'x',
  '1',
  '493817',
  'a.chtdump',
  `1-${'a'.repeat(32)}`,
  'a'.repeat(64),
  'Africa/Kampala',
  'en',
];
const NUMBERS = [1, 0, 30, 1000, 1_000_000];

/**
 * @param names what stands in fields of these names, where it fits
 * @param isFull also with all that may be left out
 * @throws Error for a shape that is not known here
 */
export function wellFormed(request: RequestName, names: Names, isFull: boolean): Record<string, unknown> {
  const made = valueOf(CHECKS[request], '', names, isFull);
  return made as Record<string, unknown>;
}

function valueOf(shape: Shape, name: string, names: Names, isFull: boolean): unknown {
  const within = (inner: Shape | undefined, of = name): unknown => {
    if (inner === undefined) throw new Error(`${name}: a shape that is not whole`);
    return valueOf(inner, of, names, isFull);
  };
  switch (shape.type) {
    case 'strict_object':
    case 'object':
      return Object.fromEntries(
        Object.entries(shape.entries ?? {})
          .filter(([, entry]) => isFull || entry.type !== 'optional')
          .map(([key, entry]) => [key, within(entry, key)]),
      );
    case 'optional':
    case 'nullable':
      return within(shape.wrapped);
    case 'array':
      return firstThatFits(shape, name, [[within(shape.item)], []]);
    case 'record':
      return { x: 1 };
    case 'picklist':
      return shape.options?.[0];
    case 'union':
      return within(shape.options?.[0] as Shape);
    case 'boolean':
      return true;
    case 'number':
      return firstThatFits(shape, name, NUMBERS);
    case 'string':
      return firstThatFits(shape, name, [...(name in names ? [names[name]] : []), ...TEXTS]);
    default:
      throw new Error(`${name}: nothing is known of the shape ${shape.type}`);
  }
}

function firstThatFits(shape: Shape, name: string, candidates: readonly unknown[]): unknown {
  const found = candidates.find((one) => safeParse(shape as unknown as GenericSchema, one).success);
  if (found === undefined) throw new Error(`${name}: nothing fits it`);
  return found;
}
