// What the packaged program can no longer do, burnt into its binary. One table for packaging and its test.
import { FuseV1Options, FuseVersion } from '@electron/fuses';

/** Every fuse that this Electron has; a new Electron with a further fuse fails the packaging until it is decided. */
export const FUSES = {
  version: FuseVersion.V1,
  strictlyRequireAllFuses: true,
  [FuseV1Options.RunAsNode]: false,
  [FuseV1Options.EnableCookieEncryption]: true,
  [FuseV1Options.EnableNodeOptionsEnvironmentVariable]: false,
  [FuseV1Options.EnableNodeCliInspectArguments]: false,
  [FuseV1Options.EnableEmbeddedAsarIntegrityValidation]: true,
  [FuseV1Options.OnlyLoadAppFromAsar]: true,
  [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: false,
  [FuseV1Options.GrantFileProtocolExtraPrivileges]: false,
  // Electron's own default: WebAssembly keeps its quick bounds checks.
  [FuseV1Options.WasmTrapHandlers]: true,
};
