// What the configuration says, checked: the form that all parts read.
import type { MacFamily, Market } from '../contract/offerings.ts';
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
  /** Where machines may start. Needed by rungs of EC2. */
  aws?: AwsConfig | undefined;
  /** US dollars that may be reserved and spent in a day (UTC), by everybody. Default: 100. */
  maxUsdPerDay: number;
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
  /** Builders at once: 1 to 1000. With Macs of EC2: hosts. */
  maximum: number;
  /** Minutes that a job may run: 5 to 7200, default 360. */
  jobLimitMinutes: number;
  /** Minutes from a builder's start to its claim: 1 to 60, default 10, with Macs of EC2 45. */
  bootLimitMinutes: number;
  /** Minutes that a job may wait before people are told why: 1 to 1440, default 5. */
  tellAfterMinutes: number;
  /** May jobs use containers? `false`: they run inside the machine's image. Default: all but macOS do. */
  containers: boolean;
  /** For machines that are not thrown away after a job, or that reach private networks. Default: false. */
  trustedOnly: boolean;
  /**
   * How often the jobs of a run that lost their spot machines are run again, on demand: 0 to 3, default 0.
   * The App needs `actions: write`.
   */
  rerunLost: number;
  /** The machines of rungs of EC2. */
  machine: MachineConfig;
}

/** What the machines of a pool's rungs of EC2 (Macs too) have in common: they have one launch template. */
export interface MachineConfig {
  /** Default: AWS's Deep Learning Base GPU image for the pool's architecture; of Macs, AWS's macOS. */
  image: MachineImage;
  /** GiB of the root volume (gp3): 30 to 16384, of Macs at least 60; default 100. */
  diskGiB: number;
  /**
   * Name of an instance profile, whose role must have the same name: no other role may be handed on. Every
   * job of the pool can use its credentials, so the pool must be `trustedOnly`. Default: none.
   */
  instanceProfile?: string | undefined;
  /**
   * Lets admins open shells by Session Manager. It takes an instance profile, whose credentials every job can
   * use: with them a job can pose as the machine to Systems Manager. So the pool must be `trustedOnly`.
   * Default: false.
   */
  sessionManager: boolean;
}

/**
 * An image that machines start from: by its id in each region, a parameter of SSM that names it, or newest.
 */
export type MachineImage = (
  | { ids: Record<string, string> }
  | { parameter: string }
  | { name: string; owner: string }
) & {
  /**
   * Name of the root volume's device in the image. Default: `/dev/xvda` of AWS's parameters of Amazon Linux,
   * else `/dev/sda1`.
   */
  rootDevice: string;
  /**
   * The user that the runner runs as. Default: `ec2-user` of Macs and of AWS's parameters of Amazon Linux,
   * `rocky` of those of `aws.images`, else `ubuntu`.
   */
  user: string;
  /** Kinds of NVIDIA drivers that it has. Fractions of GPUs take `grid`. Default: `['datacenter']`. */
  drivers: ('datacenter' | 'grid')[];
};

/** Where machines may start. */
export interface AwsConfig {
  /** The region of the control plane. */
  region: string;
  /** By name. Default: the home region with all its zones. */
  regions: Record<string, RegionConfig>;
  /** Images that are built for you, by name. Each costs money all the time. Default: none. */
  images: Record<string, ImageConfig>;
}

export interface RegionConfig {
  /**
   * Names of zones, each with a subnet. Default: those of `vpc.subnets`, else all that the region had when
   * this was released.
   */
  zones: string[];
  /** Instead of a network of Callsheet's own, which has public subnets and lets nobody in. */
  vpc?: ExistingVpc | undefined;
  /** What machines cost there, against us-east-1. Default: what is known of the region. */
  priceFactor: number;
}

/** A VPC of yours. Its pools must be `trustedOnly`. */
export interface ExistingVpc {
  /** `vpc-…`. */
  id: string;
  /** Of each zone: `subnet-…`. */
  subnets: Record<string, string>;
  /** Its machines reach the internet through a NAT: their address then proves nothing. Default: false. */
  nat: boolean;
}

/** One image that EC2 Image Builder makes: Rocky 9, NVIDIA's driver, Docker, and what is listed. */
export interface ImageConfig {
  arch: Architecture;
  /** What it is built on. Default: Rocky 9. */
  base: { name: string; owner: string } | { parameter: string };
  /** Packages (dnf) beside those that a builder needs. Default: none. */
  packages: string[];
  /** Container images that are pulled into it, as `aswf/ci-osl:2025`. Default: none. */
  containers: string[];
  /** When it is built anew: a cron expression of EventBridge. Default: Sundays at 03:00 UTC. */
  schedule: string;
}

/** One way to get a builder. `local`: a process, with `npm start` only. */
export type Rung = { provider: 'local' } | CodeBuildRung | Ec2Rung | MacRung;

/** Machines of EC2, the cheapest that fits in any zone of a region. Linux only. */
export interface Ec2Rung {
  provider: 'ec2';
  /** Spot costs less, and may be taken back in mid-job. Default: on-demand. */
  market: Market;
  /** A region of `aws.regions`. Default: the home region. */
  region: string;
  /** Instance types, as `g4dn.xlarge`, each of which has what is needed. Default: all that have it. */
  types?: string[] | undefined;
  /** What a machine must have. */
  needs: Needs;
  /**
   * The dearest that is taken, in US dollars for an hour on demand in the rung's region. Default: three times
   * the cheapest that has what is needed; for `types`, no ceiling.
   */
  maxUsdPerHour?: number | undefined;
  /** Minutes that this rung is asked for in vain before the next one is: 0 to 1440, default 0. */
  patienceMinutes: number;
}

/**
 * Macs of EC2, each on a host that is paid for 24 hours at least. A pool has one such rung and, but for
 * `local`, no other; hosts at once are the pool's `maximum`.
 */
export interface MacRung {
  provider: 'mac';
  /** A region of `aws.regions`. Default: the home region. */
  region: string;
  /** Zones of that region that are asked for hosts, preferred first. Default: all it has. */
  zones: string[];
  /**
   * Kinds of Macs, preferred first. Default: those of `['mac2', 'mac2-m2', 'mac-m4']`, for x64 `['mac1']`,
   * that run `macos`.
   */
  families: MacFamily[];
  /** Which of AWS's images is taken, or what an image of yours has. Default: `sequoia`. */
  macos: MacOs;
  /** Minutes that a job may wait before another host is worth its price: 0 to 1440, default 60. */
  waitMinutes: number;
  /**
   * Between two trusted jobs of a repository: `replace-root` wipes the disk, in minutes (the internal SSD and
   * NVRAM stay as they are); `relaunch` takes a new machine after the host has cleaned itself, which
   * takes hours, as between all other jobs. Default: `replace-root` in pools that are `trustedOnly`.
   */
  reset: 'replace-root' | 'relaunch';
  /** Minutes that a Mac waits for the next job before its host cleans itself: 0 to 1440, default 60. */
  stayMinutes: number;
  /** `shared`: a host serves jobs until its paid day is over (default). `one-job`: it serves a single one. */
  paidDay: 'shared' | 'one-job';
  /** When the paid day is over: `release` an idle host (default), or `keep` it, which costs for ever. */
  afterwards: 'release' | 'keep';
  /**
   * Jobs may open windows: takes an image of yours with automatic login, see `npm run mac-image`. Default:
   * false.
   */
  windowServer: boolean;
}

export type MacOs = 'sonoma' | 'sequoia' | 'tahoe';

/** What a machine must have. The architecture is the pool's. */
export interface Needs {
  /** At least so many GPUs; 0: none at all. Default: 1, and 0 where all of `types` have none. */
  gpus: number;
  /** Default: nvidia, and amd where all of `types` are. */
  vendor: 'nvidia' | 'amd';
  /** GiB of memory of each GPU, at least. The "24 GB" of an A10G or L4 are 22, the "48" of an L40S 44. */
  vramGiB?: number | undefined;
  /**
   * Compute capability: one of a list (`['7.5', '8.6']`), or at least (`'8.0'`). Binaries that were built for
   * 8.6 alone may not run on 8.9.
   */
  computeCapability?: string[] | string | undefined;
  /** Takes a part of a GPU too, which needs an image with the `grid` driver. Default: false. */
  fraction: boolean;
  /** Ray tracing cores, and OptiX in containers. Default: false. */
  optix: boolean;
  /** OpenGL without a display. Default: false. */
  egl: boolean;
  /** Default: false. */
  vulkan: boolean;
  vCpus?: number | undefined;
  memoryGiB?: number | undefined;
  /** GB of local NVMe disks. */
  localDiskGB?: number | undefined;
}

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
  /** US dollars that its jobs may reserve and spend in a day (UTC). Default: 20. */
  maxUsdPerDay: number;
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
