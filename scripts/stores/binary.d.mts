export function whyNotRun(
  path: string,
  error: { stderr?: string; signal?: NodeJS.Signals; message?: string },
): string;
