// `npm run secrets`, as an admin sees it: what it makes, rotates and shows, and what it never shows.
import { generateKeyPairSync } from 'node:crypto';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { appKey } from '../github/scripted-github.ts';
import { type Desk, desk, row } from './desk.ts';

const names = {
  webhook: '/callsheet/test/webhook-secrets',
  key: '/callsheet/test/app-key',
  builders: '/callsheet/test/builder-secret',
  token: '/callsheet/test/api-token',
};

const stored = ({ aws }: Desk, name: string): string => aws.parameters.get(name)?.value ?? '';
const linesOf = (own: Desk): string[] => stored(own, names.webhook).trim().split('\n');
const strong = /^[0-9a-f]{64}$/;

/** As if the webhook's secret had been changed ten minutes ago. */
function age({ aws }: Desk): void {
  const parameter = aws.parameters.get(names.webhook);
  if (parameter) parameter.changedAt -= 600_000;
}

describe('making secrets', () => {
  it('without anything writes nothing, and says what is missing', async () => {
    const own = await desk();
    const shown = await own.run('secrets');
    expect(shown.code).toBe(1);
    expect(row(shown, 'webhook')).toEqual(['webhook', names.webhook, 'no', '-', '-']);
    expect(shown.out).toContain(`${names.key} is missing: npm run secrets -- --app-key <file>`);
    expect(own.aws.calls).toEqual(['GetParameters']);
  });

  it('makes what is missing, encrypted and tagged, and leaves it the second time', async () => {
    const own = await desk();
    const first = await own.run('secrets', '--app-key', own.keyFile);
    expect(first).toMatchObject({ code: 0, err: '' });
    for (const name of [names.webhook, names.builders, names.token]) {
      expect(own.aws.parameters.get(name)).toMatchObject({
        type: 'SecureString',
        tags: { 'callsheet:installation': 'test' },
      });
      expect(stored(own, name)).toMatch(strong);
    }
    expect(stored(own, names.key)).toBe(appKey);
    const made = new Map(own.aws.parameters);
    const second = await own.run('secrets', '--create', '--app-key', own.keyFile);
    expect(second.out).toContain(`${names.key} holds this key already`);
    expect(own.aws.parameters).toEqual(made);
    expect(row(await own.run('secrets'), 'app-key').slice(1, 4)).toEqual([names.key, 'yes', 'yes']);
  });

  it('says what is wrong with what is there', async () => {
    const own = await desk();
    await own.run('secrets', '--app-key', own.keyFile);
    const put = (name: string, value: string, type = 'SecureString') =>
      own.aws.parameters.set(name, { value, type, changedAt: Date.now(), tags: {} });
    put(names.webhook, 'short');
    put(names.token, 'a'.repeat(64), 'String');
    const shown = await own.run('secrets');
    expect(shown.code).toBe(1);
    expect(row(shown, 'webhook')[3]).toBe('no');
    expect(shown.out).toContain('must be one secret, or two on a line each, of at least 32 characters');
    expect(shown.out).toContain(`${names.token} is not encrypted: delete it`);
  });

  it('takes no key that is none, and writes nothing then', async () => {
    const own = await desk();
    const file = join(own.folder, 'public.pem');
    writeFileSync(file, '-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----\n');
    const shown = await own.run('secrets', '--app-key', file);
    expect(shown).toMatchObject({ code: 1, out: '' });
    expect(shown.err).toBe(
      `callsheet: ${file} cannot be the App's key: it is a public key, not a private key; ` +
        'generate one on the page of the App\n',
    );
    expect(own.aws.calls).toEqual([]);
  });

  it('replaces the key by another one', async () => {
    const own = await desk();
    await own.run('secrets', '--app-key', own.keyFile);
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const other = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
    writeFileSync(own.keyFile, other);
    const shown = await own.run('secrets', '--app-key', own.keyFile);
    expect(shown.out).toContain(`replaced ${names.key}`);
    expect(stored(own, names.key)).toBe(other);
  });

  it('warns of a key that others can read', async () => {
    const own = await desk();
    chmodSync(own.keyFile, 0o644);
    const shown = await own.run('secrets', '--app-key', own.keyFile);
    expect(shown.code).toBe(0);
    expect(shown.err).toContain('others on this computer can read');
  });
});

describe('rotating the webhook secret', () => {
  it('goes by three steps, each of which can be repeated', async () => {
    const own = await desk();
    own.github.on('PATCH /app/hook/config', { body: {} });
    await own.run('secrets', '--app-key', own.keyFile);
    const [old] = linesOf(own);

    expect(await own.run('secrets', '--rotate', 'webhook')).toMatchObject({ code: 0 });
    const [fresh, second] = linesOf(own);
    expect(fresh).toMatch(strong);
    expect(second).toBe(old);
    expect(await own.run('secrets', '--rotate', 'webhook')).toMatchObject({ code: 1 });
    expect(linesOf(own)).toEqual([fresh, old]);

    const early = await own.run('secrets', '--rotate', 'webhook', '--apply');
    expect(early.code).toBe(1);
    expect(early.err).toContain('the functions may not know the new secret before');
    expect(own.github.requests).toEqual([]);

    age(own);
    for (let time = 0; time < 2; time++) {
      expect(await own.run('secrets', '--rotate', 'webhook', '--apply')).toMatchObject({ code: 0, err: '' });
    }
    expect(own.github.to('PATCH /app/hook/config').map(({ body }) => body)).toEqual([
      { secret: fresh },
      { secret: fresh },
    ]);
    expect((await own.run('secrets')).out).toContain('webhook is being rotated');

    for (let time = 0; time < 2; time++) {
      expect(await own.run('secrets', '--finish', 'webhook')).toMatchObject({ code: 0 });
      expect(linesOf(own)).toEqual([fresh]);
    }
  });

  it('says it when GitHub does not take the new one', async () => {
    const own = await desk();
    await own.run('secrets', '--app-key', own.keyFile);
    await own.run('secrets', '--rotate', 'webhook');
    age(own);
    const shown = await own.run('secrets', '--rotate', 'webhook', '--apply');
    expect(shown).toMatchObject({
      code: 1,
      err: 'callsheet: GitHub answered 404 to PATCH /app/hook/config: Not Found\n',
    });
    expect(linesOf(own)).toHaveLength(2);
  });
});

describe('the other secrets', () => {
  it('are replaced, and one is shown only when asked for', async () => {
    const own = await desk();
    await own.run('secrets', '--create');
    const before = { token: stored(own, names.token), builders: stored(own, names.builders) };
    expect((await own.run('secrets', '--rotate', 'token')).code).toBe(0);
    const builders = await own.run('secrets', '--rotate', 'builders');
    expect(builders.out).toContain('Builders that have not claimed yet are refused');
    expect(stored(own, names.token)).toMatch(strong);
    expect(stored(own, names.token)).not.toBe(before.token);
    expect(stored(own, names.builders)).not.toBe(before.builders);
    expect(own.aws.parameters.get(names.token)?.tags).toEqual({ 'callsheet:installation': 'test' });
    expect((await own.run('secrets', '--show', 'token')).out).toBe(`${stored(own, names.token)}\n`);
    expect((await own.run('secrets', '--show', 'webhook')).out).toBe(`${linesOf(own)[0]}\n`);
  });

  it('cannot be rotated or shown while they are missing', async () => {
    const own = await desk();
    const remedy = `callsheet: ${names.token} is missing: npm run secrets -- --create\n`;
    expect(await own.run('secrets', '--rotate', 'token')).toMatchObject({ code: 1, err: remedy });
    expect(await own.run('secrets', '--show', 'token')).toMatchObject({ code: 1, err: remedy });
    expect(own.aws.parameters.size).toBe(0);
  });
});
