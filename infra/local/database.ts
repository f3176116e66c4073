// The embedded DynamoDB of `npm start`, closed to web pages.
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import dynalite from 'dynalite';

export interface EmbeddedDatabase {
  /** `http://127.0.0.1:<port>` */
  url: string;
  /** Ends all connections; the tables go with the memory. */
  close(): Promise<void>;
}

/**
 * Starts it on any free port of 127.0.0.1, with its tables in memory. dynalite checks no signature and allows
 * every origin, so a request with an Origin, or by another Host (DNS rebinding), does not reach it.
 */
export async function embeddedDatabase(): Promise<EmbeddedDatabase> {
  const database = dynalite({ createTableMs: 0 });
  let host = '';
  const fromProgram = (headers: IncomingHttpHeaders): boolean =>
    headers.origin === undefined && headers.host === host;
  const server = createServer((request, response) => {
    if (fromProgram(request.headers)) database.emit('request', request, response);
    else response.writeHead(403, { connection: 'close' }).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the embedded DynamoDB has no port');
  host = `127.0.0.1:${address.port}`;
  return {
    url: `http://${host}`,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
