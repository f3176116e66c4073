// Does the account allow as many builds of CodeBuild as the pools want, and enough functions?
import { inTheCloud } from '../../../shared/policy/ladder.ts';
import type { Config } from '../../../shared/policy/schema.ts';
import {
  type CodeBuildEnvironment,
  type CodeBuildSizeName,
  environmentOf,
} from '../../../shared/policy/sizes.ts';
import { type Check, type Finding, fail, isolated, ok, warn } from './finding.ts';
import { type Quotas, readQuotas } from './service-quotas.ts';

export const quotas: Check = {
  name: 'quotas',
  async run({ config }) {
    const needs = codeBuildNeeds(config);
    const [builds, functions] = await Promise.all([
      isolated('quota CodeBuild', async () => {
        if (needs.length === 0) return [ok('quota CodeBuild', 'no pool uses it')];
        const applied = await readQuotas('codebuild');
        return needs.map((need) => buildsFinding(need, applied));
      }),
      isolated('quota Lambda', async () => [functionsFinding(await readQuotas('lambda'))]),
    ]);
    return [...builds, ...functions];
  },
};

interface Need {
  environment: CodeBuildEnvironment;
  size: CodeBuildSizeName;
  /** Builders at once, over all pools that use it. */
  builds: number;
}

function codeBuildNeeds(config: Config): Need[] {
  const needs = new Map<string, Need>();
  for (const { arch, ladder, maximum } of Object.values(inTheCloud(config).pools)) {
    for (const rung of ladder) {
      if (rung.provider !== 'codebuild') continue;
      const environment = environmentOf(rung, arch);
      const key = `${environment} ${rung.size}`;
      const builds = (needs.get(key)?.builds ?? 0) + maximum;
      needs.set(key, { environment, size: rung.size, builds });
    }
  }
  return [...needs.values()];
}

const environmentWords = {
  LINUX_CONTAINER: 'Linux/',
  ARM_CONTAINER: 'ARM/',
  LINUX_GPU_CONTAINER: 'Linux GPU ',
} as const;
const sizeWords = {
  small: 'Small',
  medium: 'Medium',
  large: 'Large',
  xlarge: 'XLarge',
  '2xlarge': '2XLarge',
} as const;

/** Those of GPUs have codes that are known; the others are found by their names. */
const codes: Partial<Record<string, string>> = {
  'LINUX_GPU_CONTAINER small': 'L-F1FE1B52',
  'LINUX_GPU_CONTAINER large': 'L-D906BEE7',
};

/** https://docs.aws.amazon.com/codebuild/latest/userguide/limits.html */
function buildsFinding({ environment, size, builds }: Need, applied: Quotas): Finding {
  const words = `${environmentWords[environment]}${sizeWords[size]}`;
  const name = `Concurrently running builds for ${words} environment`;
  const check = `quota CodeBuild ${words}`;
  const value = applied.get(codes[`${environment} ${size}`] ?? '') ?? applied.get(name.toLowerCase());
  const remedy = `Service Quotas, AWS CodeBuild: ask for ${builds} of '${name}'`;
  if (value === undefined) return warn(check, 'AWS does not list it', remedy);
  const found = `${value} at once, the pools want up to ${builds}`;
  if (value === 0) return fail(check, found, remedy);
  return value < builds
    ? warn(check, `${found}: others wait in CodeBuild's queue`, remedy)
    : ok(check, found);
}

/** New accounts have ten at once, and cannot reserve any. */
function functionsFinding(applied: Quotas): Finding {
  const check = 'quota Lambda';
  const value = applied.get('concurrent executions');
  const remedy = "Service Quotas, AWS Lambda: ask for 1000 of 'Concurrent executions'";
  if (value === undefined) return warn(check, 'AWS does not list it', remedy);
  const found = `${value} functions at once`;
  return value < 100
    ? warn(check, `${found}: none can be reserved, bursts are slow`, remedy)
    : ok(check, found);
}
