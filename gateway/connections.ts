import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Keeps the number of open connections bounded. Beyond `most` the one makes room that has been idle
 * the longest, whether it never sent a whole request or keeps itself for a next one. So thousands of
 * idle or slow connections keep nobody out. When all are busy, the newest is closed.
 */
export function boundConnections(server: Server, most: number): void {
  /** Without a request in hand, in the order in which they became so. */
  const idle = new Set<Socket>();
  let open = 0;

  server.on('connection', (socket: Socket) => {
    open += 1;
    if (open > most) {
      const [longest = socket] = idle;
      longest.destroy();
      idle.delete(longest);
      if (longest === socket) return void socket.once('close', () => (open -= 1));
    }
    idle.add(socket);
    socket.once('close', () => {
      open -= 1;
      idle.delete(socket);
    });
  });
  server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    idle.delete(socket);
    response.once('close', () => {
      if (!socket.destroyed) idle.add(socket);
    });
  });
}
