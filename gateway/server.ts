import { createServer, type RequestListener } from 'node:http';
import type { Socket } from 'node:net';
import { boundConnections } from './connections.ts';
import { WEBHOOKS } from './ingest/edge.ts';

/** A whole request, headers and body, must arrive within this time. */
const REQUEST_DEADLINE_MS = 15_000;
const HEADERS_DEADLINE_MS = 10_000;
/** How often Node looks for requests that are past their deadline. */
const LOOK_EVERY_MS = 1_000;
/** Longer than providers keep an idle connection, so that the end that closes it is theirs. */
const KEEP_ALIVE_MS = 75_000;

export interface GatewayServer {
  listen(port: number): Promise<void>;
  /** No new connections, idle ones closed, requests in hand answered. */
  close(): Promise<void>;
}

/** One server for both: webhooks to the edge, everything else to the API. */
export function createGatewayServer(
  edge: RequestListener,
  api: RequestListener,
  { MAX_CONNECTIONS }: { MAX_CONNECTIONS: number },
): GatewayServer {
  const server = createServer(
    {
      requestTimeout: REQUEST_DEADLINE_MS,
      headersTimeout: HEADERS_DEADLINE_MS,
      connectionsCheckingInterval: LOOK_EVERY_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
    },
    (request, response) => {
      // While it stops, the answer is the connection's last: the next request goes to another gateway.
      if (!server.listening) response.shouldKeepAlive = false;
      if (request.url?.startsWith(WEBHOOKS)) edge(request, response);
      else api(request, response);
    },
  );
  const { closeIdle } = boundConnections(server, MAX_CONNECTIONS);
  server.on('clientError', answerBrokenRequest);
  return {
    listen: (port) =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, resolve);
      }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        closeIdle();
      }),
  };
}

/** A request that never became whole: 503 for one that stalled, so that it is sent again; else 400. */
function answerBrokenRequest(error: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') return void socket.destroy();
  const stalled = error.code === 'ERR_HTTP_REQUEST_TIMEOUT';
  const head = stalled ? '503 Service Unavailable\r\nRetry-After: 5' : '400 Bad Request';
  socket.end(`HTTP/1.1 ${head}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
