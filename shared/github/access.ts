// Who calls GitHub and with which rights: no more than the call at hand needs.

/** Rights of a token: permission keys as App manifests spell them. */
export type Permissions = Record<string, 'read' | 'write'>;

/** An installation's access to one repository (`owner/name`), or to the settings of its organization. */
export type InstallationAccess =
  | { kind: 'repository'; repository: string; permissions: Permissions }
  | { kind: 'organization'; organization: string; permissions: Permissions };

/** The App speaks for itself, or as one of its installations. */
export type Access = { kind: 'app' } | InstallationAccess;

export const asApp: Access = { kind: 'app' };

export const onRepository = (repository: string, permissions: Permissions): InstallationAccess => ({
  kind: 'repository',
  repository,
  permissions,
});

export const onOrganization = (organization: string, permissions: Permissions): InstallationAccess => ({
  kind: 'organization',
  organization,
  permissions,
});

/** What fills `{owner}` and `{repo}`, or `{org}`, of a route. */
export function placeOf(as: Access): { owner: string; repo: string } | { org: string } | undefined {
  switch (as.kind) {
    case 'app':
      return undefined;
    case 'organization':
      return { org: as.organization };
    case 'repository': {
      const [owner = '', repo = ''] = as.repository.split('/');
      return { owner, repo };
    }
  }
}

/** The account whose installation of the App is needed. */
export const ownerOf = (as: InstallationAccess): string =>
  as.kind === 'repository' ? (as.repository.split('/')[0] ?? '') : as.organization;

/** The place in words for people. */
export const nameOf = (as: InstallationAccess): string =>
  as.kind === 'repository' ? as.repository : as.organization;

/**
 * What only reads may read all repositories of the installation: a token for each of them would be more
 * tokens than GitHub makes in an hour, in a burst over many repositories and many new functions.
 */
export function widened(as: InstallationAccess): InstallationAccess {
  const reads = Object.values(as.permissions).every((right) => right === 'read');
  return as.kind === 'repository' && reads ? onOrganization(ownerOf(as), as.permissions) : as;
}

/**
 * The part of a token request that narrows it
 * (https://docs.github.com/rest/apps/apps#create-an-installation-access-token-for-an-app).
 */
export const narrowing = (as: InstallationAccess): { permissions: Permissions; repositories?: string[] } =>
  as.kind === 'repository'
    ? { permissions: as.permissions, repositories: [as.repository.split('/')[1] ?? ''] }
    : { permissions: as.permissions };
