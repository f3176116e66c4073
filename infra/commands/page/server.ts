// The page of the deployed Callsheet, on this computer only: its files, and what its API says.
import { Hono } from 'hono';
import { type LocalServer, serveLocal } from '../../local/http.ts';
import { pageApp } from '../../local/page/page.ts';
import { askApi, type DeployedApi, kinds } from './api.ts';

export interface PageSettings {
  /** 0 takes any free port. */
  port: number;
  api: DeployedApi;
  /** One line for each thing that goes wrong, and one when all is well again. */
  tell(line: string): void;
}

/** Machines in the cloud take minutes, and each look is four requests that cost something. */
const everyMs = 5000;

/** Throws when the port is taken. */
export async function openPage({ port, api, tell }: PageSettings): Promise<LocalServer> {
  const page = await pageApp({ name: api.url.host, command: 'npm run page', everyMs, samples: false });
  const mounts = { '/api': handingOn(api, tell), '/': page };
  return serveLocal({ port, routes: {}, mounts, onError: () => tell('a request has failed') });
}

/** Answers what the deployed API answers, or 502 with what is wrong. The token stays here. */
function handingOn(api: DeployedApi, tell: (line: string) => void): Hono {
  const app = new Hono();
  const heard = faultsToldOnce(tell);
  for (const kind of kinds) {
    app.get(`/${kind}`, async (c) => {
      const { signal } = c.req.raw;
      const answer = await askApi(api, kind, c.req.query('limit'), signal);
      const headers = { 'content-type': 'application/json', 'cache-control': 'no-store' };
      if ('rows' in answer) {
        heard(kind);
        return c.body(answer.rows, 200, headers);
      }
      // Whoever went away is no fault of the API.
      if (!signal.aborted) heard(kind, answer.fault);
      return c.json({ message: answer.fault }, 502, headers);
    });
  }
  return app;
}

/** The page asks again and again for each kind: a fault that all of them meet is news once. */
function faultsToldOnce(tell: (line: string) => void) {
  const faults = new Map<string, string>();
  return (kind: string, fault?: string): void => {
    if (fault === undefined) {
      if (faults.delete(kind) && faults.size === 0) tell('the API answers again');
      return;
    }
    const isNews = ![...faults.values()].includes(fault);
    faults.set(kind, fault);
    if (isNews) tell(fault);
  };
}
