// The function that finds what an image is built on: what it asks EC2, and what it answers CloudFormation.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import * as z from 'zod/mini';
import { handler, type Request } from '../../infra/aws/images/newest.ts';

// The first test loads the AWS SDK.
vi.setConfig({ testTimeout: 30_000 });

interface Made {
  id: string;
  at: string;
}

/** EC2 with these images, and the address that CloudFormation gives: what was asked and answered. */
async function stage(images: Made[]) {
  const heard = { asked: '', answered: {}, contentType: '' };
  const server = createServer(async (request, response) => {
    const body = await text(request);
    if (request.method === 'PUT') {
      heard.answered = z.record(z.string(), z.unknown()).parse(JSON.parse(body));
      heard.contentType = request.headers['content-type'] ?? '';
    } else {
      heard.asked = decodeURIComponent(body);
      response.setHeader('content-type', 'text/xml');
    }
    const items = images.map(
      ({ id, at }) => `<item><imageId>${id}</imageId><creationDate>${at}</creationDate></item>`,
    );
    const xml = `<DescribeImagesResponse><imagesSet>${items.join('')}</imagesSet></DescribeImagesResponse>`;
    response.end(request.method === 'PUT' ? '' : xml);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  const { port } = z.parse(z.object({ port: z.number() }), server.address());
  const url = `http://127.0.0.1:${port}/`;
  const environment = {
    AWS_REGION: 'us-east-1',
    AWS_ENDPOINT_URL: url,
    AWS_ACCESS_KEY_ID: 'id',
    AWS_SECRET_ACCESS_KEY: 'credential',
  };
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  const ask = (RequestType: Request['RequestType'], PhysicalResourceId?: string) =>
    handler({
      RequestType,
      ResponseURL: url,
      StackId: 'stack',
      RequestId: 'request',
      LogicalResourceId: 'Base',
      ...(PhysicalResourceId && { PhysicalResourceId }),
      ResourceProperties: { Name: 'Rocky-9-*', Owner: '792107900819', Architecture: 'x86_64' },
    });
  return { heard, ask };
}

const known = { StackId: 'stack', RequestId: 'request', LogicalResourceId: 'Base' };

describe('the newest image', () => {
  it('is the one that was made last, of the owner, the name and the architecture', async () => {
    const { heard, ask } = await stage([
      { id: 'ami-1', at: '2026-05-01T00:00:00.000Z' },
      { id: 'ami-2', at: '2026-11-01T00:00:00.000Z' },
      { id: 'ami-3', at: '2025-12-01T00:00:00.000Z' },
    ]);
    await ask('Create');
    expect(heard.answered).toEqual({
      ...known,
      PhysicalResourceId: 'ami-2',
      Status: 'SUCCESS',
      Data: { ImageId: 'ami-2' },
    });
    expect(heard.contentType).toBe('');
    expect(heard.asked).toContain('Owner.1=792107900819');
    for (const filter of ['name=Rocky-9-*', 'architecture=x86_64', 'state=available']) {
      const [name, value] = filter.split('=');
      expect(heard.asked).toMatch(
        new RegExp(`Filter\\.(\\d)\\.Name=${name}&Filter\\.\\1\\.Value\\.1=${value}`),
      );
    }
  });

  it('is refused with a reason where there is none', async () => {
    const { heard, ask } = await stage([]);
    await ask('Update', 'ami-1');
    expect(heard.answered).toMatchObject({
      ...known,
      Status: 'FAILED',
      PhysicalResourceId: 'ami-1',
      Reason: expect.stringMatching(/no x86_64 image of 792107900819 is called 'Rocky-9-\*'/),
    });
  });

  it('is not looked for when it goes', async () => {
    const { heard, ask } = await stage([]);
    await ask('Delete', 'ami-1');
    expect(heard.answered).toEqual({ ...known, PhysicalResourceId: 'ami-1', Status: 'SUCCESS' });
    expect(heard.asked).toBe('');
  });
});
