// The types of the scripts in build/, as far as tests use them. The scripts are plain JavaScript, because
// they run before anything that reads types is installed.

declare module '*/build/install.mjs' {
  export function whyInstall(wanted: unknown, installed: unknown, hasNode: boolean): string | null;
  export function outerEnvironment(env: Readonly<Record<string, string>>): Record<string, string>;
}

declare module '*/build/lock-check.mjs' {
  export function lockProblems(lock: unknown, manifest: unknown, npmrc: string): string[];
}

declare module '*/build/built.mjs' {
  export function isBuildStale(
    sourceTimes: readonly number[],
    outputTimes: readonly (number | null)[],
  ): boolean;
}

declare module '*/build/run.mjs' {
  export function needsBuild(file: string, args: readonly string[]): boolean;
}

declare module '*/build/start.mjs' {
  export interface Asked {
    readonly practice: boolean;
    readonly browser: boolean;
    readonly open: boolean;
    readonly port: string | null;
  }
  type Env = Readonly<Record<string, string>>;
  export function readArguments(args: readonly string[], env?: Env): Asked | null;
  export function findElectron(
    root: string,
    env: Env,
    platform: string,
    exists?: (path: string) => boolean,
    read?: (folder: string) => string | null,
  ): string | null;
  export function chooseCarrier(facts: {
    readonly asked: Asked;
    readonly electron: string | null;
    readonly env: Env;
    readonly platform: string;
  }): { readonly carrier: 'electron' | 'browser'; readonly because: readonly string[] };
  export function browserOpener(env: Env, platform: string): string[] | null;
  export function addressIn(text: string): string | null;
}

declare module '*/build/counts.mjs' {
  export interface Counted {
    readonly passed: number;
    readonly failed: number;
    readonly skipped: readonly string[];
  }
  export function countTests(report: unknown, code: number): Counted;
  export function countStep(code: number): Counted;
  export function verdictOf(counted: Counted): string;
  export function closingLine(results: readonly Counted[]): string;
}

declare module '*/build/steps.mjs' {
  export interface Step {
    readonly name: string;
    readonly heading: string;
    readonly script?: readonly string[];
    readonly vitest?: readonly string[];
    readonly needs?: string;
    readonly only?: readonly string[];
    readonly silence?: number;
  }
  export const STEPS: readonly Step[];
  export const PARTS: readonly string[];
  export function stepsOf(
    part?: string,
    env?: Readonly<Record<string, string | undefined>>,
  ): readonly Step[] | null;
  export function environmentOf(
    step: Pick<Step, 'name'>,
    env: Readonly<Record<string, string>>,
  ): Record<string, string>;
}

declare module '*/build/watch-step.mjs' {
  export function watchStep(options: {
    readonly heartbeat: string;
    readonly silenceMs: number;
    readonly leftMs: number;
    readonly stop: (why: string) => void;
    readonly clock?: () => number;
    readonly every?: (ms: number, call: () => void) => () => void;
    readonly read?: (file: string) => number | null;
  }): { heard(): void; end(): void };
}

declare module '*/build/layers.mjs' {
  export interface Layer {
    readonly files: readonly string[];
    readonly mayImport: readonly string[];
    readonly mayLoad?: readonly string[];
    readonly packages: readonly string[];
  }
  export function objection(
    layers: readonly Layer[],
    file: string,
    specifier: string,
    isLoad: boolean,
  ): string | null;
}

declare module '*/build/fuses.mjs' {
  export const FUSES: Readonly<Record<string, unknown>>;
}

declare module '*/build/after-pack.mjs' {
  export function foreignModules(folder: string, platform: 'win32' | 'linux' | 'darwin' | 'mas'): string[];
}

declare module '*/build/phone-script.mjs' {
  export function buildPhoneScript(root?: string): Promise<string>;
  export function writePhoneScript(file: string, root?: string): Promise<void>;
}

declare module '*/build/notice.mjs' {
  export function makeNotice(root: string): string;
}

declare module '*/build/sbom.mjs' {
  interface Component {
    readonly 'bom-ref': string;
    readonly type: string;
    readonly name: string;
    readonly purl: string;
    readonly scope: string;
    readonly licenses?: readonly unknown[];
    readonly hashes?: readonly { readonly alg: string; readonly content: string }[];
  }
  export function makeSbom(root: string): {
    readonly bomFormat: string;
    readonly specVersion: string;
    readonly metadata: { readonly component: Component };
    readonly components: readonly Component[];
    readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
  };
}

declare module '*/build/update-key.mjs' {
  export function updateKey(path?: string): string | null;
}
