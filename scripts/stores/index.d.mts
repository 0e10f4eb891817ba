export interface StoreOptions {
  /** Holds the data, the log and the process number. The same folder brings the same data back. */
  dataDir: string;
  /** A free one when left out. */
  port?: number;
  /** More arguments for the program; a later one wins over an earlier one. */
  args?: string[];
}

export interface Store {
  uri: string;
  port: number;
  /** For signals after which the process lives on, such as SIGSTOP. */
  pid: number;
  /** Ends it in order, and by force when it takes too long. */
  stop(): Promise<void>;
  /** Ends it with this signal, SIGKILL when left out, and waits until it is gone. */
  kill(signal?: NodeJS.Signals): Promise<void>;
}

export interface Stores {
  mongoUri: string;
  redisUrl: string;
  /** Stops what was started here, and nothing that was set. */
  stop(): Promise<void>;
}

/** A port of the loopback address that nothing listens on. */
export function freePort(): Promise<number>;
export function startMongo(options: StoreOptions): Promise<Store>;
export function startRedis(options: StoreOptions): Promise<Store>;
/** Starts one member of a replica set of several, which has to be initiated. */
export function startMember(options: StoreOptions): Promise<Store>;
/** Starts a sentinel with these lines of configuration. */
export function startSentinel(
  options: Omit<StoreOptions, 'args'> & { config: string[] },
): Promise<Store>;
export function startStores(options: { dataDir: string; env?: NodeJS.ProcessEnv }): Promise<Stores>;

export interface Pin {
  requirement: string;
  platform: string;
  sha256: string;
  /** A file; or a folder, when it ends in a slash. */
  member: string;
  /** What pip has to pretend to run on, as its options. */
  madeFor?: Record<string, string>;
  /** Links to make in the folder, by name. */
  links?: Record<string, string>;
}

export interface Program {
  path: string;
  env: NodeJS.ProcessEnv;
}

export function runnable(
  path: string,
  oldest: number,
  unpacked?: (wheel: Pin) => Promise<string>,
): Promise<Program>;
export function unpack(wheel: string, pin: Pin, target: string): Promise<void>;
