// A post office between GitHub and the service: it keeps all deliveries until it may hand them over.
import { createServer } from 'node:http';
import { onTestFinished } from 'vitest';
import { closed, listening } from '../../store/server.ts';

export interface HeldPost {
  /** Where GitHub sends its deliveries. Each is accepted at once. */
  url: string;
  /** How many have come so far. */
  held(): number;
  /** Hands over all that has come so far, the newest first, each twice. It is kept. */
  deliver(service: string): Promise<void>;
}

/** Opens with the test, and closes with it. */
export async function heldPost(): Promise<HeldPost> {
  const held: { headers: Headers; body: string }[] = [];
  const server = createServer(async (incoming, outgoing) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(Buffer.from(chunk));
    const names = ['content-type', 'x-github-event', 'x-github-delivery', 'x-hub-signature-256'];
    const headers = new Headers(names.map((name) => [name, String(incoming.headers[name])]));
    held.push({ headers, body: Buffer.concat(chunks).toString() });
    outgoing.writeHead(202).end();
  });
  const port = await listening(server);
  onTestFinished(() => closed(server));
  return {
    url: `http://127.0.0.1:${port}`,
    held: () => held.length,
    async deliver(service) {
      for (const { headers, body } of held.toReversed()) {
        for (const _ of ['once', 'twice']) {
          const answer = await fetch(`${service}/github/webhooks`, { method: 'POST', headers, body });
          if (answer.status !== 202) throw new Error(`a delivery was answered with ${answer.status}`);
        }
      }
    },
  };
}
