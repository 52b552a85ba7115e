/** What makes a list or a count of records be asked for again. */
export const RECORD_TOPICS = ['batches', 'outbox', 'conflicts', 'intake'] as const;
