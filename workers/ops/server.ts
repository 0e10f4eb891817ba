import { createServer, type ServerResponse } from 'node:http';
import type { Registry } from 'prom-client';

/** A worker's `/livez` and `/metrics`, for orchestrators and Prometheus: counts, nothing of content. */
export async function startOpsServer(
  port: number,
  registry: Registry,
): Promise<{ close(): Promise<void> }> {
  const server = createServer(async ({ method, url }, response) => {
    if (method !== 'GET') return answer(response, 404, '');
    if (url === '/livez') return answer(response, 200, '{"status":"ok"}', 'application/json');
    if (url !== '/metrics') return answer(response, 404, '');
    answer(response, 200, await registry.metrics(), registry.contentType);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, resolve);
  });
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function answer(response: ServerResponse, status: number, body: string, type = 'text/plain'): void {
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(body);
}
