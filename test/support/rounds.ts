/** Runs it so often, some at a time. Each round has things of its own. */
export async function rounds(count: number, run: () => Promise<void>, atOnce = 8): Promise<void> {
  let begun = 0;
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      while (begun < count) {
        begun += 1;
        await run();
      }
    }),
  );
}

/** Runs it at some moment of the next few milliseconds. */
export async function sometime<T>(run: () => Promise<T>, most = 10): Promise<T> {
  await new Promise((resolve) => setTimeout(resolve, Math.random() * most));
  return await run();
}
