/** What is said of work that has ended. */
export interface EndWords {
  readonly tone: 'good' | 'warning' | 'bad' | 'plain';
  readonly text: string;
  readonly more?: string;
}
