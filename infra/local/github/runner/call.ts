// How the runner speaks to its server: JSON over HTTP with the key of its configuration.
import { Agent, request } from 'node:http';

export interface Server {
  url: string;
  credential: string;
}

export interface Answer {
  status: number;
  text: string;
}

const agent = new Agent({ keepAlive: true });

/** One call. Rejects when there is no answer. */
export function call(server: Server, method: string, path: string, body?: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${server.credential}`, 'content-type': 'application/json' };
    const outgoing = request(`${server.url}/broker/${path}`, { method, agent, headers }, (incoming) => {
      let text = '';
      incoming.setEncoding('utf8');
      incoming.on('data', (chunk) => {
        text += chunk;
      });
      incoming.on('error', reject);
      incoming.on('end', () => resolve({ status: incoming.statusCode ?? 0, text }));
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

const attempts = 20;
const pauseMs = 500;

/** A call that is repeated for about ten seconds while the server cannot be reached. */
export async function insist(server: Server, method: string, path: string, body?: string): Promise<Answer> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await call(server, method, path, body);
    } catch (error) {
      if (attempt === attempts) throw error;
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }
}
