// The page as an app: files known by name, so that no path of a request reaches the disk, and its place.
import { readFile } from 'node:fs/promises';
import { Hono } from 'hono';

const script = 'text/javascript; charset=utf-8';

const files = {
  '/': { file: 'index.html', type: 'text/html; charset=utf-8' },
  '/page.css': { file: 'page.css', type: 'text/css; charset=utf-8' },
  '/page.js': { file: 'page.js', type: script },
  '/words.js': { file: 'words.js', type: script },
} as const;

/** Where the page is shown. The browser loads it as /place.js. */
export interface Place {
  /** What is shown there, for people. */
  name: string;
  /** The command that serves it. */
  command: string;
  /** Pause between two looks, in ms. */
  everyMs: number;
  /** Is /local there, which queues sample jobs and keeps their logs? */
  samples: boolean;
}

/** Nothing from elsewhere, nothing inline: not even a job's name that looks like a script can run. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Reads the files once. */
export async function pageApp(place: Place): Promise<Hono> {
  const app = new Hono();
  const serve = (path: string, type: string, text: string) => {
    const headers = {
      'content-type': type,
      'content-security-policy': policy,
      'cache-control': 'no-cache',
      'referrer-policy': 'no-referrer',
    };
    app.get(path, (c) => c.body(text, 200, headers));
  };
  for (const [path, { file, type }] of Object.entries(files)) {
    serve(path, type, await readFile(new URL(file, import.meta.url), 'utf8'));
  }
  serve('/place.js', script, `export const place = ${JSON.stringify(place)};\n`);
  return app;
}
