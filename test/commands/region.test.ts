// The region of the commands: what they ask of AWS they ask where the control plane is.
import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import { expect, it } from 'vitest';
import * as z from 'zod/mini';
import { config } from '../../shared/runtime/config.ts';

it('is that of the configuration, whatever the environment says', async () => {
  const scopes: string[] = [];
  const server = createServer((request, response) => {
    scopes.push(/Credential=([^,]+)/.exec(request.headers.authorization ?? '')?.[1] ?? 'none');
    response.setHeader('content-type', 'application/x-amz-json-1.1').end('{"Parameters":[]}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = z.parse(z.object({ port: z.number() }), server.address());
  const environment = {
    PATH: process.env.PATH,
    AWS_ACCESS_KEY_ID: 'key',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_REGION: 'ap-southeast-2',
    AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
  };
  try {
    await new Promise<void>((resolve) => {
      const asked = ['infra/commands/secrets.ts', '--show', 'token'];
      execFile(process.execPath, asked, { env: environment }, () => resolve());
    });
  } finally {
    server.close();
  }
  expect(scopes.length).toBeGreaterThan(0);
  for (const scope of scopes) expect(scope).toContain(`/${config.aws?.region}/ssm/`);
}, 20_000);
