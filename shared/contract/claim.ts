// The claim protocol: what agents and functions/builder-api say to each
// other (HTTPS and JSON, design section 5).
import * as z from 'zod/mini';

const text = (max: number) => z.string().check(z.minLength(1), z.maxLength(max));

/** Every call names its machine: where its record may be, never what it may do. */
const speaker = {
  /** The builder's id. */
  builder: z.string().check(z.regex(/^[a-z0-9-]{1,40}$/)),
  /** `<pool>-<number>`, as the launch gave it. */
  launch: z.string().check(z.regex(/^[a-z][a-z0-9-]{0,19}-\d{1,12}$/)),
  /** 64 hexadecimal digits that the agent made at boot and keeps to itself. */
  key: z.string().check(z.regex(/^[0-9a-f]{64}$/)),
};

/** From the second turn of a machine on: what its epoch tag says, which was put there after the wiping. */
const epoch = z.optional(z.string().check(z.regex(/^[0-9a-f]{64}$/)));

const gpu = z.object({
  name: text(100),
  driver: text(40),
  memoryMiB: z.int().check(z.minimum(0), z.maximum(10_000_000)),
  computeCapability: text(10),
});

export const claimRequest = z.object({
  ...speaker,
  /** Says which machine speaks: a ticket (local, CodeBuild) or a signed identity document (EC2, Mac). */
  proof: text(8192),
  epoch,
  facts: z.object({
    os: text(40),
    arch: text(20),
    agent: text(20),
    bootSeconds: z.int().check(z.minimum(0), z.maximum(86_400)),
    gpus: z.array(gpu).check(z.maxLength(16)),
    /** What of its GPUs works: in a container, or on the machine itself where jobs use none. */
    features: z.optional(z.array(text(20)).check(z.maxLength(16))),
  }),
});

export const jobRequest = z.object({
  ...speaker,
  repository: z.string().check(z.regex(/^[\w.-]{1,100}\/[\w.-]{1,100}$/)),
  runId: z.string().check(z.regex(/^\d{1,20}$/)),
  runAttempt: z.int().check(z.minimum(1), z.maximum(10_000)),
  /** `GITHUB_JOB`: the job's key in the workflow file. */
  job: z.string().check(z.maxLength(200)),
});

export const progressRequest = z.object({
  ...speaker,
  /** Does the runner execute a job (is there a `Runner.Worker`)? */
  busy: z.boolean(),
  /** Set when the machine gives up before its claim: who it is, why, and the end of its log. */
  failure: z.optional(
    z.object({
      proof: text(8192),
      epoch,
      why: text(400),
      log: z.optional(z.string().check(z.maxLength(4096))),
    }),
  ),
});

export const finishedRequest = z.object({
  ...speaker,
  /** Exit status of the runner program. 7: GitHub refuses this runner's version. */
  exitCode: z.int().check(z.minimum(0), z.maximum(255)),
  log: z.optional(z.string().check(z.maxLength(4096))),
});

export type ClaimRequest = z.infer<typeof claimRequest>;
export type JobRequest = z.infer<typeof jobRequest>;
export type ProgressRequest = z.infer<typeof progressRequest>;
export type FinishedRequest = z.infer<typeof finishedRequest>;

export type Work = {
  kind: 'actions';
  /** The single-use runner configuration: a secret until the runner has started. */
  jitConfig: string;
  runner: { url: string; sha256: string };
  /**
   * Added to the runner's environment. Names match `[A-Z_]+`; values hold no
   * quote, backslash or control character.
   */
  env: Record<string, string>;
  /** Seconds since 1970 UTC after which the agent ends itself whatever runs. */
  deadline: number;
};

export type ClaimAnswer =
  | { work: Work }
  | { next: 'wait'; seconds: number }
  | { next: 'shutdown'; why: string };
export type JobAnswer = { allow: true; notes: string } | { allow: false; why: string };
export type ProgressAnswer = { next: 'continue' | 'shutdown' };
/** `wait`: the machine stays on, and is wiped from outside. Its agent says `finished` again after that. */
export type FinishedAnswer = { next: 'shutdown' } | { next: 'wait'; seconds: number };
