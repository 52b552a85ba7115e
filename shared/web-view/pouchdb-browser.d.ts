/** PouchDB for browsers, carried for apps that offer none. */
declare module 'pouchdb-browser' {
  const pouch: unknown;
  export default pouch;
}
