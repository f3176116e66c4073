// Who may talk to the local service: this computer's own programs and its own page, nobody's website.
import type { MiddlewareHandler } from 'hono';

/**
 * Refuses a request by another name than 127.0.0.1 or localhost with the port (DNS rebinding), one that a
 * page of another site sends, and a POST to /local that a plain HTML form could send. Sets no CORS header.
 */
export function guard(port: () => number): MiddlewareHandler {
  return async (c, next) => {
    const hosts = [`127.0.0.1:${port()}`, `localhost:${port()}`];
    const refuse = (status: 403 | 415, message: string) => c.json({ message }, status);

    if (!hosts.includes(hostOf(c.req.header('host'), port()))) {
      return refuse(403, `unknown Host: use http://${hosts[0]} or http://${hosts[1]}`);
    }
    const origin = c.req.header('origin');
    if (origin !== undefined && !hosts.some((host) => origin === originOf(host))) {
      return refuse(403, 'requests from other sites are refused');
    }
    if (c.req.method === 'POST' && isLocal(c.req.path) && !isJson(c.req.header('content-type'))) {
      return refuse(415, 'POST to /local needs the header content-type: application/json');
    }
    return next();
  };
}

const isLocal = (path: string): boolean => path === '/local' || path.startsWith('/local/');

const isJson = (type = ''): boolean => /^application\/json\s*(;|$)/i.test(type.trim());

/** Clients leave out port 80, the default of http. */
const hostOf = (host = '', port: number): string =>
  port === 80 && !host.includes(':') ? `${host.toLowerCase()}:80` : host.toLowerCase();

const originOf = (host: string): string => `http://${host.replace(/:80$/, '')}`;
