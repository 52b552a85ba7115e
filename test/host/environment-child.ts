/** Tells the names of its environment. */
process.send?.(Object.keys(process.env));
