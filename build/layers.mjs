// The lint rule `station/layers`: who may import whom. The layers themselves are data in `.oxlintrc.json`.
//
// A layer is a list of places (`files`), the places it may import (`mayImport`; `mayLoad` by `import()` only),
// and the packages it may import (`packages`; `node:` is all of Node's own). A place that ends with `/` is a
// folder, any other a file; the longest that fits a file is its layer.
import { dirname, join, relative, sep } from 'node:path';

const slashed = (path) => path.split(sep).join('/');
const isUnder = (place, path) => (place.endsWith('/') ? path.startsWith(place) : path === place);
const isOf = (name, specifier) =>
  name.endsWith(':') ? specifier.startsWith(name) : specifier === name || specifier.startsWith(`${name}/`);

/** The layer of a file and the place that put it there, or `null`; `file` is relative to the repository. */
function layerOf(layers, file) {
  let found = null;
  for (const layer of layers) {
    for (const place of layer.files) {
      if (isUnder(place, file) && (found === null || place.length > found.place.length)) {
        found = { layer, place };
      }
    }
  }
  return found;
}

/** The sentence for an import that crosses the layers, or `null` for one that may be. */
export function objection(layers, file, specifier, isLoad) {
  const found = layerOf(layers, file);
  if (found === null) return null;
  const { place, layer } = found;
  const isPath = specifier.startsWith('.');
  const target = isPath ? slashed(join(dirname(file), specifier)) : specifier;
  const places = [...layer.mayImport, ...(isLoad ? (layer.mayLoad ?? []) : [])];
  const allowed = isPath
    ? places.some((may) => isUnder(may, target))
    : layer.packages.some((may) => isOf(may, target));
  if (allowed) return null;
  const may = [...places, ...layer.packages].join(', ');
  return `${place} may import ${may}; it may not import ${target}.`;
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
