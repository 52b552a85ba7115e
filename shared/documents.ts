/**
 * What a CHT document is, whose it is, whether it may be sent and in which order. Documents come from
 * phones and sticks: every field may hold anything, and nothing here throws because of it.
 */
export * from './document-kinds.ts';
export * from './document-people.ts';
export * from './labels.ts';
export * from './sending-order.ts';
