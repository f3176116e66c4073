// What the command line of `secrets` means, and which command lines are refused.
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../infra/commands/command.ts';
import { requestOf } from '../../infra/commands/secrets/request.ts';

describe('secrets', () => {
  it.each([
    [[], { kind: 'table' }],
    [['--create'], { kind: 'create', keyFile: undefined }],
    [['--app-key', 'a.pem'], { kind: 'create', keyFile: 'a.pem' }],
    [['--rotate', 'webhook', '--apply'], { kind: 'rotate', secret: 'webhook', apply: true }],
    [['--rotate', 'builders'], { kind: 'rotate', secret: 'builders', apply: false }],
    [['--finish', 'webhook'], { kind: 'finish', secret: 'webhook' }],
    [['--show', 'token'], { kind: 'show', secret: 'token' }],
    [['--show', 'token', '--help'], { kind: 'help' }],
  ])('%j is understood', (args, request) => {
    expect(requestOf(args)).toEqual(request);
  });

  it.each([
    [['--rotat', 'webhook'], "Unknown option '--rotat'"],
    [['webhook'], "Unexpected argument 'webhook'"],
    [['--show', 'app-key'], "--show takes webhook or token, not 'app-key'"],
    [['--show', 'builders'], "--show takes webhook or token, not 'builders'"],
    [['--finish', 'token'], "--finish takes webhook, not 'token'"],
    [['--apply'], '--apply goes with --rotate webhook only'],
    [['--rotate', 'token', '--apply'], '--apply goes with --rotate webhook only'],
    [['--create', '--show', 'token'], 'do one thing at a time'],
  ])('%j is refused', (args, words) => {
    expect(() => requestOf(args)).toThrow(UsageError);
    expect(() => requestOf(args)).toThrow(words);
  });
});
