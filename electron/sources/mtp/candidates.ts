/** Which interface of a USB device may speak MTP, told from its descriptors alone: nothing is opened for it. */

/** The fields of libusb's descriptors that matter here. */
export interface Descriptors {
  readonly bConfigurationValue: number;
  readonly interfaces: readonly (readonly InterfaceDescriptor[])[];
}

interface InterfaceDescriptor {
  readonly bInterfaceNumber: number;
  readonly bAlternateSetting: number;
  readonly bInterfaceClass: number;
  readonly bInterfaceSubClass: number;
  readonly bInterfaceProtocol: number;
  readonly iInterface: number;
  readonly endpoints: readonly {
    readonly bEndpointAddress: number;
    readonly bmAttributes: number;
    readonly wMaxPacketSize: number;
  }[];
}

export interface Candidate {
  readonly configuration: number;
  readonly interfaceNumber: number;
  /** Endpoint addresses of the two bulk pipes. */
  readonly input: number;
  readonly output: number;
  readonly packetBytes: number;
  /** The number of the text with the interface's name, where only the name tells whether it is MTP. */
  readonly nameIndex: number | null;
}

const STILL_IMAGE = { class: 6, subclass: 1, protocol: 1 } as const;
const VENDOR_CLASS = 0xff;
const INPUT = 0x80;
const TRANSFER_TYPE = 0x03;
const BULK = 2;
const INTERRUPT = 3;
/** What a phone calls the interface, where it has a class of its own (libmtp looks for the same). */
const MTP_NAME = /\bMTP\b/i;

/**
 * The interfaces worth a try, the sure ones first. Class 6/1/1 is PTP or MTP. Many phones (Samsung among
 * them) use a class of their own with the three pipes of MTP and the name "MTP"; the pipes alone are no proof.
 */
export function candidatesOf(configurations: readonly Descriptors[]): Candidate[] {
  const found = configurations.flatMap((configuration) =>
    configuration.interfaces.flatMap((alternates) =>
      alternates
        .filter((one) => one.bAlternateSetting === 0)
        .flatMap((one) => candidateOf(configuration.bConfigurationValue, one) ?? []),
    ),
  );
  return found.sort((a, b) => Number(a.nameIndex !== null) - Number(b.nameIndex !== null));
}

function candidateOf(configuration: number, one: InterfaceDescriptor): Candidate | null {
  const pipe = (type: number, direction: number) =>
    one.endpoints.find(
      ({ bEndpointAddress, bmAttributes }) =>
        (bmAttributes & TRANSFER_TYPE) === type && (bEndpointAddress & INPUT) === direction,
    );
  const [input, output, events] = [pipe(BULK, INPUT), pipe(BULK, 0), pipe(INTERRUPT, INPUT)];
  if (input === undefined || output === undefined || input.wMaxPacketSize <= 0) return null;
  const isStillImage =
    one.bInterfaceClass === STILL_IMAGE.class &&
    one.bInterfaceSubClass === STILL_IMAGE.subclass &&
    one.bInterfaceProtocol === STILL_IMAGE.protocol;
  // A debugging interface has no third pipe.
  const mayBeMtp = one.bInterfaceClass === VENDOR_CLASS && events !== undefined && one.iInterface > 0;
  if (!isStillImage && !mayBeMtp) return null;
  return {
    configuration,
    interfaceNumber: one.bInterfaceNumber,
    input: input.bEndpointAddress,
    output: output.bEndpointAddress,
    packetBytes: input.wMaxPacketSize,
    nameIndex: isStillImage ? null : one.iInterface,
  };
}

/** Android's debugging interface (AOSP `adb.h`): a sure sign of a phone, whatever else it offers. */
export function hasDebugging(configurations: readonly Descriptors[]): boolean {
  return configurations.some(({ interfaces }) =>
    interfaces.some((alternates) =>
      alternates.some(
        (one) =>
          one.bInterfaceClass === VENDOR_CLASS &&
          one.bInterfaceSubClass === 0x42 &&
          one.bInterfaceProtocol === 1,
      ),
    ),
  );
}

export function isMtpName(name: string): boolean {
  return MTP_NAME.test(name);
}
