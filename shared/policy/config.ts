// What the configuration says: the checked form that all parts read, and the input form that an admin writes.
import type { CodeBuildSizeName } from './sizes.ts';

/** The checked configuration: every default is filled in, every name refers to something. */
export interface Config {
  /** Name of this installation: small letters and digits. It marks machines and runner names as ours. */
  installation: string;
  /** The GitHub App that serves the repositories. */
  github: {
    /** The App's id, digits. */
    appId: string;
    /** The App's installation id for each organization or user whose repositories are served. */
    installations: Record<string, string>;
  };
  /** Classes of builders, by name. */
  pools: Record<string, PoolConfig>;
  /** Who may use what, by name. */
  projects: Record<string, ProjectConfig>;
  /** Pinned runner programs: used only where GitHub's downloads API gives no hash. */
  runner?: PinnedRunners | undefined;
  /** Who may read `/api` on AWS: with the token (default), and with `public` everybody what is public. */
  api: 'token' | 'public';
  /** Where alarms are mailed to. Without it they are only shown in CloudWatch. */
  alarmEmail?: string | undefined;
}

export type OperatingSystem = 'linux' | 'macos' | 'windows';
export type Architecture = 'x64' | 'arm64';
export type Platform = `${OperatingSystem}-${Architecture}`;

/** A version of actions/runner and the SHA-256 (hex) of its archive, for each platform that is pinned. */
export type PinnedRunners = { [P in Platform]?: { version: string; sha256: string } | undefined };

/** A class of builders offered under labels that no other pool has. */
export interface PoolConfig {
  /** What `runs-on` asks for. Labels of your own, never those of GitHub's runners. */
  labels: string[];
  /** Labels taken over from GitHub's larger runners, once those have been removed. Default: none. */
  aliases: string[];
  os: OperatingSystem;
  arch: Architecture;
  /** Ways to get a builder, tried in order: 1 to 8. */
  ladder: Rung[];
  /** Builders at once: 1 to 1000. */
  maximum: number;
  /** Minutes that a job may run: 5 to 7200, default 360. */
  jobLimitMinutes: number;
  /** Minutes from a builder's start to its claim: 1 to 60, default 10. */
  bootLimitMinutes: number;
  /** Minutes that a job may wait before people are told why: 1 to 1440, default 5. */
  tellAfterMinutes: number;
  /** May jobs use containers? `false`: they run inside the machine's own image. Default: true. */
  containers: boolean;
  /** For machines that are not thrown away after a job, or that reach private networks. Default: false. */
  trustedOnly: boolean;
}

/** One way to get a builder. `local`: a process, with `npm start` only. */
export type Rung = { provider: 'local' } | CodeBuildRung;

/** A build of AWS CodeBuild, which starts within a minute and costs by the minute. Linux only. */
export interface CodeBuildRung {
  provider: 'codebuild';
  /** One rung of a pool has a size. 2 to 72 vCPUs: see `sizes.ts`. */
  size: CodeBuildSizeName;
  /** One A10G (`small`) or four V100 (`large`), for pools with `containers: false`. Default: false. */
  gpu: boolean;
  /** The image that the build runs in, as `aws/codebuild/standard:7.0` or `aswf/ci-ocio:2025`. */
  image: string;
  /** A user of the image: the runner runs as that one. Default: `codebuild-user` where the image has it. */
  user?: string | undefined;
  /** Minutes of waiting in CodeBuild's queue before the next rung is asked: 5 to 480, default 15. */
  patienceMinutes: number;
  /** Price where none is known, or yours is another. */
  usdPerMinute?: number | undefined;
}

/** A set of repositories with limits and rules about who may use what. */
export interface ProjectConfig {
  /** `owner/name`, at least one; a repository belongs to one project only. */
  repositories: string[];
  /** Names of the pools that its jobs may use, at least one. */
  pools: string[];
  /** Jobs at once in each pool: 1 to 1000, default 10. */
  concurrency: number;
  /** Where its runners register. GitHub hands a runner only to the repositories that can see it. */
  registration: Registration;
  /**
   * What happens to pull requests of forks: `never` (default) refuses them; `github-approved` serves them
   * while the repository requires approval for all external contributors.
   */
  forks: 'never' | 'github-approved';
  /** Limits of untrusted jobs, over and above all others. */
  untrusted: UntrustedLimits;
  /** A refused job waits at GitHub for a day: `tell` (default) says so, `cancel` also cancels its run. */
  onRefusal: 'tell' | 'cancel';
}

export type Registration =
  /** The project's own runner group in its organization. */
  | { kind: 'group'; group: string }
  /** Each repository by itself: the App then needs `administration: write` on it. */
  | { kind: 'repository' };

export interface UntrustedLimits {
  /** Untrusted jobs of the project at once: 1 to 1000, default 2. */
  concurrency: number;
  /** Minutes that an untrusted job may run: 5 to 7200, default 60. */
  jobLimitMinutes: number;
}

type Optional<T, K extends keyof T> = Omit<T, K> & Partial<Pick<T, K>>;

/** What an admin writes for a pool: all that has a default may be left out. */
export interface PoolInput
  extends Optional<
    Omit<PoolConfig, 'ladder'>,
    'aliases' | 'jobLimitMinutes' | 'bootLimitMinutes' | 'tellAfterMinutes' | 'containers' | 'trustedOnly'
  > {
  /** Ways to get a builder, tried in order: 1 to 8. */
  ladder: RungInput[];
}

/** What an admin writes for a rung: all that has a default may be left out. */
export type RungInput = { provider: 'local' } | Optional<CodeBuildRung, 'gpu' | 'image' | 'patienceMinutes'>;

/** What an admin writes for a project: all that has a default may be left out. */
export interface ProjectInput
  extends Optional<Omit<ProjectConfig, 'registration' | 'untrusted'>, 'concurrency' | 'forks' | 'onRefusal'> {
  /** The project's own runner group in its organization. Default: `callsheet-<project>`. */
  runnerGroup?: string;
  /** Runners register with each repository by itself: for accounts without runner groups. Default: false. */
  repositoryRunners?: boolean;
  /** Limits of untrusted jobs, over and above all others. */
  untrusted?: Partial<UntrustedLimits>;
}

/** What an admin writes in `callsheet.config.ts`. */
export interface ConfigInput extends Optional<Omit<Config, 'pools' | 'projects'>, 'api'> {
  /** Classes of builders, by name. */
  pools: Record<string, PoolInput>;
  /** Who may use what, by name. */
  projects: Record<string, ProjectInput>;
}
