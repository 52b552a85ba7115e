/** Every order of these values. Six are 720. */
export function permutations<Value>(values: readonly Value[]): Value[][] {
  if (values.length < 2) return [[...values]];
  return values.flatMap((first, at) =>
    permutations(values.filter((_, other) => other !== at)).map((rest) => [first, ...rest]),
  );
}
