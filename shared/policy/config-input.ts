// What an admin writes in the configuration: all that has a default may be left out.
import type {
  CodeBuildRung,
  Config,
  Ec2Rung,
  ExistingVpc,
  ImageConfig,
  MachineConfig,
  MachineImage,
  MacRung,
  Needs,
  PoolConfig,
  ProjectConfig,
  RegionConfig,
  UntrustedLimits,
} from './config.ts';

type Optional<T, K extends keyof T> = Omit<T, K> & Partial<Pick<T, K>>;

/** What an admin writes for a pool: all that has a default may be left out. */
export interface PoolInput
  extends Optional<
    Omit<PoolConfig, 'ladder' | 'machine'>,
    | 'aliases'
    | 'jobLimitMinutes'
    | 'bootLimitMinutes'
    | 'tellAfterMinutes'
    | 'containers'
    | 'trustedOnly'
    | 'rerunLost'
  > {
  /** The machines of rungs of EC2. */
  machine?: MachineInput;
  /** Ways to get a builder, tried in order: 1 to 8. */
  ladder: RungInput[];
}

/** What an admin writes for a rung: all that has a default may be left out. */
export type RungInput =
  | { provider: 'local' }
  | Optional<CodeBuildRung, 'gpu' | 'image' | 'patienceMinutes'>
  | (Optional<Omit<Ec2Rung, 'needs'>, 'market' | 'region' | 'patienceMinutes'> & {
      /** What a machine must have. Default: one GPU of NVIDIA, and nothing beside `types` that have none. */
      needs?: Partial<Needs>;
    })
  | (Pick<MacRung, 'provider'> & Partial<Omit<MacRung, 'provider'>>);

/** What an admin writes for the machines of a pool. */
export type MachineInput = Partial<Omit<MachineConfig, 'image'>> & {
  /** Default: AWS's Deep Learning Base GPU image for the pool's architecture; of Macs, AWS's macOS. */
  image?: DistributiveOptional<MachineImage, 'rootDevice' | 'user' | 'drivers'>;
};

type DistributiveOptional<T, K extends keyof T> = T extends unknown ? Optional<T, K> : never;

/** What an admin writes about AWS. */
export interface AwsInput {
  /** The region of the control plane. */
  region: string;
  /** By name. Default: the home region with all its zones. */
  regions?: Record<
    string,
    Partial<Omit<RegionConfig, 'vpc'>> & { vpc?: Optional<ExistingVpc, 'nat'> | undefined }
  >;
  /** Images that are built for you, by name. Each costs money all the time. Default: none. */
  images?: Record<string, Partial<ImageConfig>>;
}

/** What an admin writes for a project: all that has a default may be left out. */
export interface ProjectInput
  extends Optional<
    Omit<ProjectConfig, 'registration' | 'untrusted'>,
    'concurrency' | 'forks' | 'onRefusal' | 'maxUsdPerDay'
  > {
  /** The project's own runner group in its organization. Default: `callsheet-<project>`. */
  runnerGroup?: string;
  /** Runners register with each repository by itself: for accounts without runner groups. Default: false. */
  repositoryRunners?: boolean;
  /** Limits of untrusted jobs, over and above all others. */
  untrusted?: Partial<UntrustedLimits>;
}

/** What an admin writes in `callsheet.config.ts`. */
export interface ConfigInput
  extends Optional<Omit<Config, 'pools' | 'projects' | 'aws'>, 'api' | 'maxUsdPerDay'> {
  /** Where machines may start. Needed by rungs of EC2. */
  aws?: AwsInput;
  /** Classes of builders, by name. */
  pools: Record<string, PoolInput>;
  /** Who may use what, by name. */
  projects: Record<string, ProjectInput>;
}
