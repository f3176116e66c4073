// The page as an app: four files, known by name, so that no path of a request reaches the disk.
import { readFile } from 'node:fs/promises';
import { Hono } from 'hono';

const files = {
  '/': { file: 'index.html', type: 'text/html; charset=utf-8' },
  '/page.css': { file: 'page.css', type: 'text/css; charset=utf-8' },
  '/page.js': { file: 'page.js', type: 'text/javascript; charset=utf-8' },
  '/words.js': { file: 'words.js', type: 'text/javascript; charset=utf-8' },
} as const;

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
export async function pageApp(): Promise<Hono> {
  const app = new Hono();
  for (const [path, { file, type }] of Object.entries(files)) {
    const text = await readFile(new URL(file, import.meta.url), 'utf8');
    const headers = {
      'content-type': type,
      'content-security-policy': policy,
      'cache-control': 'no-cache',
      'referrer-policy': 'no-referrer',
    };
    app.get(path, (c) => c.body(text, 200, headers));
  }
  return app;
}
