// A metadata service of EC2 (IMDSv2) for one machine, and a `curl` that finds it.
import { once } from 'node:events';
import { createServer } from 'node:http';
import * as z from 'zod/mini';
import { programAt } from './programs.ts';

export interface Metadata {
  /** A program that takes the place of curl: it sends what is for 169.254.169.254 here. */
  curl: string;
  /** What was asked for, with a token. */
  asked: string[];
  close(): Promise<void>;
}

/** `paths`: what it answers, by path below `/latest/`. `refuses`: it gives no token. */
export async function metadata(paths: Record<string, string>, refuses = false): Promise<Metadata> {
  const asked: string[] = [];
  const token = 'a-token-of-the-session==';
  const http = createServer((request, response) => {
    const path = request.url?.replace('/latest/', '') ?? '';
    if (request.method === 'PUT' && path === 'api/token') {
      const lives = Number(request.headers['x-aws-ec2-metadata-token-ttl-seconds']) > 0;
      return response.writeHead(refuses || !lives ? 403 : 200).end(token);
    }
    if (request.headers['x-aws-ec2-metadata-token'] !== token) return response.writeHead(401).end();
    asked.push(path);
    return response.writeHead(paths[path] === undefined ? 404 : 200).end(paths[path]);
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const { port } = z.parse(z.object({ port: z.number() }), http.address());
  return {
    curl: curlTo(`http://127.0.0.1:${port}`),
    asked,
    close: async () => {
      http.closeAllConnections();
      http.close();
      await once(http, 'close');
    },
  };
}

/** A `curl` for which the metadata service is behind another address. */
const curlTo = (url: string): string => `for value; do
  shift
  case $value in http://169.254.169.254/*) value=${url}\${value#http://169.254.169.254} ;; esac
  set -- "$@" "$value"
done
exec ${programAt('curl')} "$@"`;
