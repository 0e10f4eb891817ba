import type { IncomingMessage } from 'node:http';
import { Overloaded } from '../../config/natural-batch.ts';

/** The sender went away before its request was whole: there is nobody to answer. */
export class Aborted extends Error {
  override name = 'Aborted';
}

interface Body {
  chunks: Buffer[];
  length: number;
  giveUp(): void;
}

/**
 * The bodies that are on their way in. Together they may hold so many bytes; when it gets too much, the
 * one that has been arriving the longest makes room: it is slow, and the others are not to wait for it.
 */
export class Arriving {
  /** In the order in which they began. A body that comes in one piece is never among them. */
  private readonly bodies = new Set<Body>();
  private held = 0;

  constructor(private readonly maxBytes: number) {}

  /**
   * The body's bytes, or `undefined` when there are more than `limit`. The rest of a body that is too
   * long is read and thrown away, so that its sender sees the answer and not a reset connection.
   * Throws {@link Overloaded} when it had to make room, {@link Aborted} when its sender went away.
   */
  collect(request: IncomingMessage, limit: number): Promise<Buffer | undefined> {
    return new Promise((resolve, reject) => {
      const body: Body = {
        chunks: [],
        length: 0,
        giveUp: () => {
          reject(new Overloaded());
          limit = 0;
        },
      };
      request.on('data', (chunk: Buffer) => {
        body.length += chunk.length;
        if (body.length > limit) this.drop(body);
        else {
          body.chunks.push(chunk);
          if (body.length !== Number(request.headers['content-length'])) this.hold(body, chunk);
        }
      });
      request.on('end', () => {
        const { chunks } = body;
        if (body.length > limit) resolve(undefined);
        else resolve(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks));
        this.drop(body);
      });
      request.on('close', () => {
        this.drop(body);
        if (!request.complete) reject(new Aborted());
      });
    });
  }

  private hold(body: Body, chunk: Buffer): void {
    this.bodies.add(body);
    this.held += chunk.length;
    for (const longest of this.bodies) {
      if (this.held <= this.maxBytes) return;
      this.drop(longest);
      longest.giveUp();
    }
  }

  private drop(body: Body): void {
    if (this.bodies.delete(body))
      this.held -= body.chunks.reduce((sum, { length }) => sum + length, 0);
    body.chunks = [];
  }
}
