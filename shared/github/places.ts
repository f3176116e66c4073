// Where runners live: the REST paths and rights of organizations and repositories.
import type { Place } from '../contract/scope.ts';
import { type InstallationAccess, onOrganization, onRepository } from './access.ts';

/** The path under which a place's runners are. */
export const runnersPath = (place: Place): string =>
  place.kind === 'group' ? '/orgs/{org}/actions/runners' : '/repos/{owner}/{repo}/actions/runners';

/** The narrow right to an organization's runners, or the broad one that a repository's runners take. */
export const runnersAccess = (place: Place, right: 'read' | 'write'): InstallationAccess =>
  place.kind === 'group'
    ? onOrganization(place.organization, { organization_self_hosted_runners: right })
    : onRepository(place.repository, { administration: right });
