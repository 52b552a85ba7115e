/** What is used here of packages that bring no types, or are not there on every computer. */
declare module 'plist' {
  const plist: {
    /** @throws where the text is no property list */
    parse(text: string): unknown;
  };
  export default plist;
}

declare module 'drivelist' {
  export function list(): Promise<
    {
      device: string;
      raw: string;
      description: string;
      size: number | null;
      isVirtual: boolean | null;
      isRemovable: boolean;
      isUSB: boolean | null;
      isCard: boolean | null;
      mountpoints: { path: string; label?: string | null }[];
    }[]
  >;
}
