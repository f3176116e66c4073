// What the organizations of a simulated GitHub have set, and where the App is installed.

export interface GitHubSettings {
  /** May a runner in this scope get jobs of this repository? */
  covers(scope: string, repository: string): boolean;
  /** Runs of all external contributors wait for approval, which they have: forks may run. */
  approvesForks: boolean;
  /** The App's installation for each owner. Default: that of the simulated configurations. */
  installations?: Readonly<Record<string, string>>;
  /** The runner groups of each organization. Default: those of the simulated configurations. */
  groups?: Readonly<Record<string, readonly string[]>>;
}

/** Group scopes cover all repositories of their organization, repository scopes one. */
export const usualSettings: Required<GitHubSettings> = {
  covers(scope, repository) {
    const [kind, owner, name] = scope.split('/');
    return kind === 'group' ? repository.startsWith(`${owner}/`) : repository === `${owner}/${name}`;
  },
  approvesForks: false,
  installations: { film: '1', studio: '2' },
  groups: { film: ['Default', 'callsheet-color', 'callsheet-volume'], studio: ['Default'] },
};

export const ownerOf = (repository: string): string => repository.split('/')[0] ?? '';
