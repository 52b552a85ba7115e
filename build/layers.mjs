// The lint rule `station/layers`: who may import whom. The layers themselves are data in `.oxlintrc.json`.
//
// A layer is a list of places (`files`) and of what they may import (`mayImport`); `mayLoad` is allowed for
// `import()` only. A place that ends with `/` is a folder, `node:` is Node's own modules, anything else is a
// file or a package with what lies under it. The longest place that fits a file is its layer.
import { dirname, join, relative, sep } from 'node:path';

const slashed = (path) => path.split(sep).join('/');

function fits(place, target) {
  if (place.endsWith('/') || place.endsWith(':')) return target.startsWith(place);
  return target === place || target.startsWith(`${place}/`);
}

/** The layer of a file, or `null` where none is said; `file` is relative to the repository. */
export function layerOf(layers, file) {
  let found = null;
  for (const layer of layers) {
    for (const place of layer.files) {
      if (fits(place, file) && (found === null || place.length > found.place.length))
        found = { layer, place };
    }
  }
  return found;
}

/** What an import means, relative to the repository: `./x.ts` becomes a path, a package stays its name. */
export function targetOf(file, specifier) {
  return specifier.startsWith('.') ? slashed(join(dirname(file), specifier)) : specifier;
}

/** The sentence for an import that crosses the layers, or `null` for one that may be. */
export function objection(layers, file, specifier, isLoad) {
  const found = layerOf(layers, file);
  if (found === null) return null;
  const { layer, place } = found;
  const target = targetOf(file, specifier);
  const may = [...layer.mayImport, ...(isLoad ? (layer.mayLoad ?? []) : [])];
  if (may.some((allowed) => fits(allowed, target))) return null;
  return `${place} may import ${may.join(', ')}; it may not import ${target}.`;
}

const layersRule = {
  meta: { type: 'problem', schema: [{ type: 'object' }] },
  create(context) {
    const { layers } = context.options[0];
    const file = slashed(relative(context.cwd, context.filename));
    const check = (source, isLoad) => {
      if (typeof source?.value !== 'string') return;
      const message = objection(layers, file, source.value, isLoad);
      if (message !== null) context.report({ node: source, message });
    };
    return {
      ImportDeclaration: (node) => check(node.source, false),
      ExportNamedDeclaration: (node) => check(node.source, false),
      ExportAllDeclaration: (node) => check(node.source, false),
      TSImportType: (node) => check(node.source ?? node.argument, false),
      ImportExpression: (node) => check(node.source, true),
    };
  },
};

export default { meta: { name: 'station' }, rules: { layers: layersRule } };
