/** What stands in exchanges.json and in the answers. */
export interface Exchange {
  readonly name: string;
  readonly why?: string;
  readonly as?: string;
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string | null>>;
  /** The name under which a cookie was kept, or the cookie. */
  readonly cookie?: string;
  /** Number of the loopback address that it comes from. */
  readonly from?: number;
  readonly json?: unknown;
  readonly gzip?: boolean;
  readonly text?: string;
  readonly parts?: readonly { readonly headers?: Record<string, string>; json?: unknown; text?: string }[];
  /** Sent so often, all at the same time; the first answer counts. */
  readonly times?: number;
  /** Milliseconds before it is sent. */
  readonly wait?: number;
  readonly until?: {
    readonly has?: string | readonly string[];
    readonly is?: unknown;
    readonly status?: number;
    readonly seconds?: number;
  };
  /** Name → path in the answer; `.` is all of it. */
  readonly keep?: Readonly<Record<string, string>>;
  readonly keepCookie?: Readonly<Record<string, string>>;
  /** Only the types of the answer count. */
  readonly shape?: boolean;
  readonly ownOnly?: boolean;
  readonly only?: readonly string[];
  readonly onlyIds?: boolean;
  readonly onlyWith?: string;
  readonly anyBody?: boolean;
  readonly sort?: boolean;
}

export interface ExchangeList {
  readonly ownPassword: string;
  readonly firstPassword: string;
  readonly users: Readonly<Record<string, { readonly password?: string }>>;
  readonly made: readonly string[];
  readonly templates: Readonly<Record<string, unknown>>;
  readonly setUp: readonly Exchange[];
  readonly exchanges: readonly Exchange[];
}

/** An answer as it came. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly bytes: Buffer;
}

/** An answer as it is compared. */
export interface Written {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The body, parsed where it is JSON. */
export function parsed(bytes: Buffer): unknown {
  const text = bytes.toString('utf8');
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
