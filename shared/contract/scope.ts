// Scopes as strings: where a runner registers, and which labels it carries beyond its pool's.

/** A runner group of an organization, or one repository. */
export type Place =
  | { kind: 'group'; organization: string; group: string }
  | { kind: 'repository'; repository: string };

/**
 * `group/<organization>/<group>` or `repository/<owner>/<name>`, then `+<label>` for each label
 * beyond the pool's that the scope's jobs ask for (`self-hosted`, an operating system, an
 * architecture). A runner carries these only where a job of its scope needs them: a runner that
 * always had them would get everybody's jobs.
 */
export function scopeOf(place: Place, extraLabels: readonly string[] = []): string {
  const base =
    place.kind === 'group' ? `group/${place.organization}/${place.group}` : `repository/${place.repository}`;
  return [base, ...extraLabels.map((label) => label.toLowerCase()).sort()].join('+');
}

/** The inverse of `scopeOf`. Throws on anything else: scopes are made by us only. */
export function parseScope(scope: string): { place: Place; extraLabels: string[] } {
  const [base = '', ...extraLabels] = scope.split('+');
  const [kind, owner, name, ...more] = base.split('/');
  if (owner && name && more.length === 0) {
    if (kind === 'group') return { place: { kind, organization: owner, group: name }, extraLabels };
    if (kind === 'repository') return { place: { kind, repository: `${owner}/${name}` }, extraLabels };
  }
  throw new Error(`not a scope: '${scope}'`);
}

/** The account whose App installation the scope's calls need. */
export function ownerOf(scope: string): string {
  const { place } = parseScope(scope);
  return place.kind === 'group' ? place.organization : (place.repository.split('/')[0] ?? '');
}
