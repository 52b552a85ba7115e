/** Who works at the station. */

/** Who is asking. */
export interface Person {
  readonly name: string;
  readonly role: 'everything';
}
