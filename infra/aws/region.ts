// The stack of a region that machines start in: its network, and what machines are started from.
import { Stack } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { installationTag } from '../../shared/contract/names.ts';
import type { RegionConfig } from '../../shared/policy/config.ts';
import { declareFleetTemplate, declareMacTemplate } from './launch-template.ts';
import { forwardMachineEvents } from './machine-events.ts';
import { hasShells, hasStarts, type Machines, profileOf, type Start, shellRole } from './machines.ts';
import { declareNetwork, declareSecurityGroup } from './network.ts';
import { declareShells } from './shells.ts';

/**
 * One for each region of the configuration, if any machine starts: they know of each other by names and tags
 * only.
 */
export const regionStacks = (scope: Construct, machines: Machines | undefined): Stack[] =>
  machines && hasStarts(machines)
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
  const here = <S extends Start>(starts: readonly S[]) => starts.filter((start) => start.region === region);
  const addresses = here(machines.macs).length > 0;
  const group = declareSecurityGroup(stack, vpc?.id ?? declareNetwork(stack, { zones, addresses }));
  if (hasShells(machines, region)) declareShells(stack, shellRole(installation, region));
  // In a scope of their own, since ids at the top of a stack lose their hyphens: `a-b` and `ab` would be one.
  const templates = new Construct(stack, 'Templates');
  const idOf = ({ pool, market }: Start) => `${pool} ${market}`;
  const propsOf = <S extends Start>(start: S) => {
    const profile = profileOf(installation, start);
    return { ...start, installation, group, publicAddress: !vpc?.nat, profile };
  };
  for (const start of here(machines.fleets)) declareFleetTemplate(templates, idOf(start), propsOf(start));
  for (const start of here(machines.macs)) declareMacTemplate(templates, idOf(start), propsOf(start));
  if (region !== machines.region) forwardMachineEvents(stack, installation, machines.region);
  return stack;
}
