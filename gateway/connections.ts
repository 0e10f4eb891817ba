import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Keeps the number of open connections bounded. Beyond `most` the one makes room that has been idle
 * the longest, whether it never sent a whole request or keeps itself for a next one. So thousands of
 * idle or slow connections keep nobody out. When all are busy, the newest is closed.
 *
 * Gives what a server that stops listening has to do: it closes the idle ones now, and each of the
 * others when its request has been answered. (Node's `closeIdleConnections` passes over connections
 * that have sent nothing yet, and those whose request began before it was called.)
 */
export function boundConnections(server: Server, most: number): { closeIdle(): void } {
  /** Without a request in hand, in the order in which they became so. */
  const idle = new Set<Socket>();
  let open = 0;

  server.on('connection', (socket: Socket) => {
    open += 1;
    socket.once('close', () => {
      open -= 1;
      idle.delete(socket);
    });
    idle.add(socket);
    if (open <= most) return;
    const [longest = socket] = idle;
    idle.delete(longest);
    longest.destroy();
  });
  server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    idle.delete(socket);
    response.once('close', () => {
      if (socket.destroyed) return;
      if (server.listening) idle.add(socket);
      else socket.destroySoon();
    });
  });

  return {
    closeIdle() {
      for (const socket of idle) socket.destroy();
    },
  };
}
