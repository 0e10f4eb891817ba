import { writeSync } from 'node:fs';
import type { ResolveHook } from 'node:module';

const STDERR = 2;

/** https://nodejs.org/api/module.html#resolvespecifier-context-nextresolve */
export const resolve: ResolveHook = async (specifier, context, next) => {
  const resolved = await next(specifier, context);
  if (/@opentelemetry|otel/.test(resolved.url)) writeSync(STDERR, `loaded ${specifier}\n`);
  return resolved;
};
