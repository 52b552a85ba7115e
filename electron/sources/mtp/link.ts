/** The two bulk pipes of an MTP interface, claimed and open. `usb-link.ts` is the real one. */
export interface MtpLink {
  /** Bytes in one packet of the pipe from the phone. */
  readonly packetBytes: number;
  /** @throws MtpError `gone`, `silent`, `stalled`, `closed`, `failed` */
  send(bytes: Uint8Array, timeoutMs: number): Promise<void>;
  /**
   * One transfer from the phone: ends with a packet that is not full, or when `bytes` have come. May be empty.
   * @param bytes a multiple of `packetBytes`, so that a phone cannot send more than fits
   * @throws MtpError as `send` does
   */
  receive(bytes: number, timeoutMs: number): Promise<Uint8Array>;
  /** Breaks off what is under way and gives the phone free. Never throws; may be called twice. */
  close(): Promise<void>;
}
