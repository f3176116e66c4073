// What an admin is told at synth: allowed, and in need of care.
import { inTheCloud } from '../../shared/policy/ladder.ts';
import { macAdvice } from '../../shared/policy/mac-advice.ts';
import { type Config, warnings } from '../../shared/policy/schema.ts';

/** Each with its place and what to do. */
export const advice = (config: Config): string[] => [
  ...warnings(config),
  ...macAdvice(config),
  ...Object.entries(inTheCloud(config).pools)
    .filter(([, { ladder }]) => ladder.length === 0)
    .map(
      ([name, { os }]) =>
        `pools.${name}.ladder: has no rung in the cloud, its jobs will wait: ${remedies[os]}`,
    ),
];

const remedies = {
  linux: "add a rung, such as { provider: 'codebuild', size: 'large' }",
  macos: "add a rung, as { provider: 'mac' }: a host for a Mac costs 24 hours at least",
  windows: 'CodeBuild has no such machines; take the pool out until it has another provider',
} as const;
