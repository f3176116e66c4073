// The templates as another program judges them: cfn-lint knows CloudFormation's own schemas.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { config } from '../../shared/runtime/config.ts';
import { appOf, machinesConfig } from '../infra/stage.ts';
import type { Stack } from './assembly.ts';
import { cfnLint } from './python.ts';
import { region } from './stand-ins.ts';
import { synthesize } from './synth.ts';

const folder = mkdtempSync(join(tmpdir(), 'callsheet-templates-'));
let stacks: Stack[];
beforeAll(async () => {
  stacks = await synthesize(config, folder);
});
afterAll(() => rmSync(folder, { recursive: true }));

const findings = z.array(
  z.object({
    Level: z.string(),
    Message: z.string(),
    Rule: z.object({ Id: z.string() }),
    Filename: z.string(),
    Location: z.object({ Path: z.nullable(z.array(z.union([z.string(), z.number()]))) }),
  }),
);

/**
 * Errors and warnings, one line each. Two are left out. W3005: CDK lets each function wait for its role in so
 * many words, which the reference to the role says already. W3010: zones are named, since the configuration
 * names them.
 */
function lint(files: string[]): string[] {
  const args = ['--format', 'json', '--regions', region, '--ignore-checks', 'W3005', 'W3010', '--', ...files];
  const { stdout, stderr } = spawnSync(cfnLint, args, { encoding: 'utf8' });
  if (stderr !== '') throw new Error(`cfn-lint: ${stderr.slice(-2000)}`);
  return findings
    .parse(JSON.parse(stdout))
    .map(({ Level, Rule, Filename, Location, Message }) =>
      [Level, Rule.Id, basename(Filename), Location.Path?.join('.'), Message].join(' '),
    );
}

it('cfn-lint has neither errors nor warnings for the templates of the shipped configuration', () => {
  expect(lint(stacks.map(({ templateFile }) => templateFile))).toEqual([]);
});

it('nor for builders of every kind', () => {
  const { stacks: others } = appOf(machinesConfig()).synth();
  expect(lint(others.map(({ templateFullPath }) => templateFullPath))).toEqual([]);
});
