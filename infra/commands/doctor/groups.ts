// Has each project its runner group, and do GitHub's own runners leave the pools' labels alone?
import { readLargerRunners } from '../../../shared/github/read-groups.ts';
import { folded, isStandardLabel } from '../../../shared/policy/labels.ts';
import { inTheCloud } from '../../../shared/policy/ladder.ts';
import type { Config } from '../../../shared/policy/schema.ts';
import { compareGroup, wantedGroups } from '../groups/compare.ts';
import { type Check, type Finding, fail, isolated, ok, warn } from './finding.ts';

export const runnerGroups: Check = {
  name: 'runner groups',
  async run({ config, gitHub }) {
    const client = await gitHub();
    const findings = await Promise.all(
      wantedGroups(config).map((wanted) => {
        const check = `runner group of ${wanted.project}`;
        return isolated(check, async () => {
          const { group, differences, notes } = await compareGroup(client, wanted);
          if (differences.length > 0) {
            return [fail(check, `${group}: ${differences.join('; ')}`, 'npm run groups -- --apply')];
          }
          if (notes.length === 0) return [ok(check, group)];
          return [warn(check, `${group}: ${notes.join('; ')}`, 'is that meant? other jobs wait')];
        });
      }),
    );
    return findings.flat();
  },
};

/** Labels of GitHub's standard runners can only be taken by mistake. */
export const labels: Check = {
  name: 'labels',
  async run({ config }) {
    const standard = labelsOf(config).filter(({ label }) => isStandardLabel(label));
    if (standard.length === 0) return [ok('labels', "none is of GitHub's standard runners")];
    return standard.map(({ pool, label }) =>
      fail(
        `labels of ${pool}`,
        `'${label}' is of GitHub's standard runners`,
        'they stay: take another label',
      ),
    );
  },
};

const labelsOf = ({ pools }: Config) =>
  Object.entries(pools).flatMap(([pool, own]) =>
    [...own.labels, ...own.aliases].map((label) => ({ pool, label })),
  );

/** A larger runner with a pool's label gets jobs that are the pool's. */
export const largerRunners: Check = {
  name: 'larger runners',
  async run({ config, gitHub }) {
    const client = await gitHub();
    const organizations = [...new Set(wantedGroups(config).map(({ organization }) => organization))];
    const findings = await Promise.all(
      organizations.map((organization) => {
        const check = `larger runners ${organization}`;
        return isolated(check, async () => {
          const theirs = new Set((await readLargerRunners(client, organization)).map(folded));
          const shared = labelsOf(config).filter(({ label }) => theirs.has(folded(label)));
          return shared.length === 0 ? [ok(check, 'none has the label of a pool')] : shared.map(race(check));
        });
      }),
    );
    return findings.flat();
  },
};

const race =
  (check: string) =>
  ({ pool, label }: { pool: string; label: string }): Finding =>
    warn(check, `'${label}' of pool ${pool} is a larger runner, too: it takes jobs`, 'remove it at GitHub');

export const cloudRungs: Check = {
  name: 'ladders',
  async run({ config }) {
    const empty = Object.entries(inTheCloud(config).pools).filter(([, { ladder }]) => ladder.length === 0);
    if (empty.length === 0) return [ok('ladders', 'each pool has a rung in the cloud')];
    return empty.map(([pool]) =>
      warn(`ladder of ${pool}`, 'has no rung in the cloud: its jobs wait', 'give it one, or remove the pool'),
    );
  },
};
