/**
 * The numbers of the protocol that are used here: PTP (ISO 15740), MTP 1.1 (USB-IF), and Android's
 * extension for partial reads (`MTP_OPERATION_GET_PARTIAL_OBJECT_64` in AOSP's `mtp.h`).
 */
export const OPERATION = {
  getDeviceInfo: 0x1001,
  openSession: 0x1002,
  closeSession: 0x1003,
  getStorageIds: 0x1004,
  getStorageInfo: 0x1005,
  getObjectHandles: 0x1007,
  getObjectInfo: 0x1008,
  getPartialObject: 0x101b,
  getObjectPropValue: 0x9803,
  getPartialObject64: 0x95c1,
} as const;

export const RESPONSE = {
  ok: 0x2001,
  sessionNotOpen: 0x2003,
  operationNotSupported: 0x2005,
  invalidStorage: 0x2008,
  invalidObject: 0x2009,
  accessDenied: 0x200f,
  storeNotAvailable: 0x2013,
  deviceBusy: 0x2019,
  sessionAlreadyOpen: 0x201e,
} as const;

/** What a container is: its `type` field. */
export const CONTAINER = { command: 1, data: 2, response: 3, event: 4 } as const;

/** Length, type, code, transaction: the first bytes of every container. */
export const HEADER_BYTES = 12;

/** As a parent: what lies at the top of a storage. */
export const TOP = 0xffffffff;

export const FORMAT = { undefined: 0x3000, folder: 0x3001 } as const;

/** An association that is an ordinary folder, where the format itself does not say so. */
export const GENERIC_FOLDER = 1;

/** The size of an object in 64 bits, as an object property. */
export const PROPERTY_SIZE = 0xdc04;

/** Sizes from here on do not fit into the 32 bits of an object's info, which then shows this number. */
export const SATURATED_SIZE = 0xffffffff;
