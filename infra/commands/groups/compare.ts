// The runner groups that the projects need, beside those that GitHub has.
import type { GitHubClient } from '../../../shared/github/call.ts';
import { type GroupSettings, readGroupRepositories, readGroups } from '../../../shared/github/read-groups.ts';
import { folded } from '../../../shared/policy/labels.ts';
import { ownerOfRepository } from '../../../shared/policy/lookup.ts';
import type { Config } from '../../../shared/policy/schema.ts';

/** What a project needs: a group for its repositories and no others, public ones included. */
export interface Wanted {
  project: string;
  organization: string;
  group: string;
  repositories: string[];
}

/** A group as GitHub has it. `repositories`: those of its list, while its visibility is `selected`. */
export interface Actual extends GroupSettings {
  repositories: string[];
}

export interface Comparison extends Wanted {
  /** Absent: there is no such group. */
  actual?: Actual;
  /** Repositories that it lacks, and those of its list that are not the project's. */
  missing: string[];
  excess: string[];
  /** What must be done, in words. Nothing: the group is as it should be. */
  differences: string[];
  /** What is no difference, and good to know. */
  notes: string[];
}

/** The groups of all projects whose runners register in one. */
export const wantedGroups = (config: Config): Wanted[] =>
  Object.entries(config.projects).flatMap(([project, { registration, repositories }]) =>
    registration.kind === 'group'
      ? [
          {
            project,
            organization: ownerOfRepository(repositories[0] ?? ''),
            group: registration.group,
            repositories,
          },
        ]
      : [],
  );

/** Asks GitHub. Throws `Doubt` when it does not tell. */
export async function compareGroup(client: GitHubClient, wanted: Wanted): Promise<Comparison> {
  const { organization, group } = wanted;
  const settings = (await readGroups(client, organization)).find(({ name }) => name === group);
  if (!settings) return compare(wanted, undefined);
  const repositories =
    settings.visibility === 'selected' ? await readGroupRepositories(client, organization, settings.id) : [];
  return compare(wanted, { ...settings, repositories });
}

/** GitHub ignores the case of names. */
export function compare(wanted: Wanted, actual: Actual | undefined): Comparison {
  const missing = without(wanted.repositories, actual?.repositories ?? []);
  const excess = without(actual?.repositories ?? [], wanted.repositories);
  const differences = [
    ...(actual ? settingsDifferences(actual) : ['create the group']),
    ...missing.map((repository) => `add ${repository}`),
    ...excess.map((repository) => `remove ${repository}: it is not in the project`),
  ];
  const notes = actual ? notesOf(actual) : [];
  return { ...wanted, ...(actual && { actual }), missing, excess, differences, notes };
}

const settingsDifferences = ({ visibility, allowsPublic }: Actual): string[] => [
  ...(visibility === 'selected' ? [] : [`show it to selected repositories only, instead of '${visibility}'`]),
  ...(allowsPublic ? [] : ['allow public repositories']),
];

const notesOf = ({ workflows, inherited }: Actual): string[] => [
  ...(workflows ? [`only these workflows may use it: ${workflows.selected.join(', ') || 'none'}`] : []),
  ...(inherited ? ["it is the enterprise's: only there can it be changed"] : []),
];

const without = (names: string[], others: string[]): string[] => {
  const known = new Set(others.map(folded));
  return names.filter((name) => !known.has(folded(name)));
};
