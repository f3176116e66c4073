// The stack of a region that machines start in: its network, and what machines are started from.
import { Stack } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { installationTag } from '../../shared/contract/names.ts';
import type { RegionConfig } from '../../shared/policy/config.ts';
import { declareLaunchTemplate } from './launch-template.ts';
import { forwardMachineEvents } from './machine-events.ts';
import { hasShells, type Machines, profileOf, shellRole } from './machines.ts';
import { declareNetwork, declareSecurityGroup } from './network.ts';
import { declareShells } from './shells.ts';

/** One for each region of the configuration: they know of each other by names and tags only. */
export const regionStacks = (scope: Construct, machines: Machines | undefined): Stack[] =>
  machines
    ? Object.entries(machines.regions).map(([region, settings]) =>
        regionStack(scope, machines, region, settings),
      )
    : [];

function regionStack(scope: Construct, machines: Machines, region: string, settings: RegionConfig): Stack {
  const { installation } = machines;
  const stack = new Stack(scope, `callsheet-${installation}-ec2-${region}`, {
    description: `Callsheet '${installation}': machines of EC2 in ${region}`,
    env: { region },
    tags: { [installationTag]: installation },
  });
  const { vpc, zones } = settings;
  const group = declareSecurityGroup(stack, vpc?.id ?? declareNetwork(stack, zones));
  if (hasShells(machines, region)) declareShells(stack, shellRole(installation, region));
  // In a scope of their own, since ids at the top of a stack lose their hyphens: `a-b` and `ab` would be one.
  const templates = new Construct(stack, 'Templates');
  for (const start of machines.starts.filter((each) => each.region === region)) {
    declareLaunchTemplate(templates, `${start.pool} ${start.market}`, {
      ...start,
      installation,
      group,
      publicAddress: !vpc?.nat,
      profile: profileOf(installation, start),
    });
  }
  if (region !== machines.region) forwardMachineEvents(stack, installation, machines.region);
  return stack;
}
