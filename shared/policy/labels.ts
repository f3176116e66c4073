// Labels and names as GitHub compares them, and the labels that no pool may have.

/** The form in which labels, repositories and owners are compared: GitHub ignores their case. */
export const folded = (name: string): string => name.toLowerCase();

/** Labels that any runner may carry: a pool that had one would get everybody's jobs. */
export const systemLabels: readonly string[] = ['self-hosted', 'linux', 'macos', 'windows', 'x64', 'arm64'];

/** The system labels that are true of a machine: what a job may ask for beside its pool's own labels. */
export const systemLabelsOf = (machine: { os: string; arch: string }): string[] => [
  'self-hosted',
  machine.os,
  machine.arch,
];

/** Is it a label of the kind that GitHub's own runners have (`ubuntu-latest`, `windows-2022-8c-32g-300h`)? */
export const isHostedLabel = (label: string): boolean => /^(ubuntu|windows|macos)-/i.test(label);

/** Is it a label of GitHub's standard runners (`ubuntu-latest`, `macos-15-large`)? Nobody can remove them. */
export const isStandardLabel = (label: string): boolean =>
  /^(ubuntu|windows|macos)-(latest|\d+(\.\d+)?)(-(arm|intel|large|xlarge))?$/i.test(label);
