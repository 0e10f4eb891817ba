export class DeadlineExceeded extends Error {
  constructor(ms: number) {
    super(`no answer within ${ms} ms`);
    this.name = 'DeadlineExceeded';
  }
}

/** The promise, or {@link DeadlineExceeded} once `ms` have passed without it. */
export async function withDeadline<T>(promise: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<never>((_, reject) => {
    // A turn of the loop more: when this process was busy, the answer may be there and unread.
    timer = setTimeout(
      () => setImmediate(() => setImmediate(() => reject(new DeadlineExceeded(ms)))),
      ms,
    );
  });
  try {
    return await Promise.race([promise, expired]);
  } finally {
    clearTimeout(timer);
  }
}
