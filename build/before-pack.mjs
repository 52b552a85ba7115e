// Called by electron-builder before it packs for a system: of the native modules only those of that system go in. The name that
// its own macro `${platform}` gives is the computer that packs; files named for one system alone would bring the whole folder along.

export default function beforePack({ electronPlatformName, packager }) {
  const system = electronPlatformName === 'mas' ? 'darwin' : electronPlatformName;
  // One list of patterns, as electron-builder makes of the lines in its file; `build/after-pack.mjs` looks at what came of it.
  packager.config.files[0].filter.push(`!**/node_modules/*/prebuilds/!(${system}-*\${arch}*)/**`);
}
