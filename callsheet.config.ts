// The configuration: which builders there are, and who may use them. Checked at start and at deployment.
import { defineConfig } from './shared/policy/schema.ts';

/** As OpenShadingLanguage's tests of OptiX need it: 4 vCPUs, 16 GiB, OptiX in containers. */
const rayTracing = { optix: true, vramGiB: 15, vCpus: 4, memoryGiB: 16 };

export default defineConfig({
  // Marks machines and runner names, so that two installations never touch each other's things.
  installation: 'aswf',

  // Examples: put in the id of your GitHub App, and its installation id for each organization.
  github: {
    appId: '1000001',
    installations: {
      AcademySoftwareFoundation: '2000001',
      openvdb: '2000002',
    },
  },

  // The region of Callsheet itself and of its machines. With a second one for machines:
  // aws: { region: 'us-east-1', regions: { 'us-east-1': {}, 'us-east-2': {} } },
  aws: { region: 'us-east-1' },

  // US dollars for a day (UTC), over all projects. What a machine may cost at most is set aside before it
  // starts; at the limit, jobs wait until the next day and are told so.
  maxUsdPerDay: 100,

  // A job finds its pool by `runs-on`: one label of the pool, and beside it only what its builders are
  // ('self-hosted', the operating system, the architecture). A label belongs to one pool.
  //
  // Each ladder lists the ways to get a builder, first choice first. With `npm start` every builder is a
  // process on your computer, whatever the ladder says; in the cloud `local` gives nothing, and the jobs of a
  // pool without another rung wait and are told so.
  pools: {
    gpu: {
      labels: ['gpu'],
      os: 'linux',
      arch: 'x64',
      // One A10G. Jobs run inside this image, since CodeBuild's GPU machines are containers themselves.
      ladder: [
        {
          provider: 'codebuild',
          size: 'small',
          gpu: true,
          image: 'aswf/ci-ocio:2025',
          // An example: put in the price of your region, from the price list of CodeBuild.
          usdPerMinute: 0.1,
        },
        // For jobs that can do without: a last rung without a GPU. They are told so, by CALLSHEET_GPU=none.
        // { provider: 'codebuild', size: 'large', image: 'aswf/ci-ocio:2025' },
      ],
      containers: false,
      // At most as many as your quota of CodeBuild: new accounts have none for GPUs.
      maximum: 4,
      jobLimitMinutes: 120,
    },

    'gpu-t4': {
      labels: ['gpu-t4'],
      // A pool takes over a label of one of GitHub's larger runners like this; workflows stay as they are.
      // Remove the larger runner at GitHub first: until then both serve its jobs, whichever is first.
      // aliases: ['ubuntu-20.04-gpu-t4-4c-16g-176h'],
      os: 'linux',
      arch: 'x64',
      // One whole GPU with ray tracing cores, a T4 or better, on a machine of EC2 with Docker. What each rung
      // asks for, and what it costs: npm run offerings -- gpu-t4
      ladder: [
        // The cheapest of all zones, for about a third of the price; it may be taken back in mid-job.
        { provider: 'ec2', market: 'spot', needs: rayTracing, maxUsdPerHour: 1.1, patienceMinutes: 2 },
        // The same on demand.
        { provider: 'ec2', needs: rayTracing, maxUsdPerHour: 1.1, patienceMinutes: 5 },
        // Larger and newer types.
        { provider: 'ec2', needs: rayTracing, maxUsdPerHour: 2.5, patienceMinutes: 10 },
        // Another region, once it stands in `aws.regions`:
        // { provider: 'ec2', region: 'us-east-2', needs: rayTracing, maxUsdPerHour: 2.5 },
        // And at last none at all, for jobs that ask CALLSHEET_GPU:
        // { provider: 'ec2', needs: { gpus: 0, vCpus: 4, memoryGiB: 16 } },
      ],
      maximum: 20,
      jobLimitMinutes: 120,
      // Runs whose spot machines were taken back are run again, on demand, so often. Takes `actions: write`.
      // rerunLost: 1,
    },

    'linux-xl': {
      labels: ['linux-xl'],
      // As above: only after the larger runner is removed.
      // aliases: ['ubuntu-22.04-8c-32g-300h'],
      os: 'linux',
      arch: 'x64',
      // 8 vCPUs with Docker, 0.02 USD a minute. Waits in CodeBuild's queue when the quota is used up.
      ladder: [{ provider: 'codebuild', size: 'large', patienceMinutes: 30 }],
      maximum: 20,
      // What a builder costs until then is set aside: 2.20 USD. The default of six hours would take 7.60.
      jobLimitMinutes: 90,
      tellAfterMinutes: 10,
    },

    mac: {
      labels: ['mac'],
      os: 'macos',
      arch: 'arm64',
      // Macs run on Dedicated Hosts of EC2, each of which is paid for a day at least: 15.60 USD for an M1,
      // 21.07 for an M2. What that means, and how many a day pays for: npm run offerings -- mac
      ladder: [
        {
          provider: 'mac',
          // In all zones first the M1, then the M2. Your quota of each kind of hosts is 0 until you raise it.
          families: ['mac2', 'mac2-m2'],
          macos: 'sequoia',
          // A job waits for a Mac that will be free within this time, rather than pay for another day.
          waitMinutes: 60,
          // Between two jobs of a repository the disk is wiped, in minutes; for another repository's job the
          // host cleans itself, for hours that cost nothing.
          reset: 'replace-root',
          // That cleaning also begins when a Mac has waited this long for its repository's next job.
          stayMinutes: 60,
          // Jobs cannot open windows on AWS's image. On one of your own they can: npm run mac-image
          // windowServer: true,
        },
      ],
      // Hosts at once.
      maximum: 2,
      // A wiped disk is not a new Mac: no stranger's code may have run there.
      trustedOnly: true,
    },
  },

  // Runners of a project register in a runner group of its own: `callsheet-<project>`, unless `runnerGroup`
  // names another. Create it in the organization, for the project's repositories and no others.
  projects: {
    opencolorio: {
      repositories: ['AcademySoftwareFoundation/OpenColorIO'],
      pools: ['gpu', 'linux-xl', 'mac'],
      // Two Macs for a day, 21.51 USD each with the time to let go of them, and as much again as others have.
      maxUsdPerDay: 65,
    },

    openshadinglanguage: {
      repositories: ['AcademySoftwareFoundation/OpenShadingLanguage'],
      pools: ['gpu', 'gpu-t4'],
      // Pull requests of forks get a GPU once a maintainer has approved their run, while the repository's
      // setting "Require approval for all external contributors" is on.
      forks: 'github-approved',
      untrusted: { concurrency: 4, jobLimitMinutes: 90 },
      maxUsdPerDay: 40,
    },

    openvdb: {
      repositories: ['AcademySoftwareFoundation/openvdb'],
      pools: ['gpu', 'linux-xl'],
      concurrency: 16,
      maxUsdPerDay: 40,
      // A refused job would wait at GitHub for a day and hold its concurrency group: end its run instead.
      onRefusal: 'cancel',
    },

    fvdb: {
      repositories: ['openvdb/fvdb-core'],
      pools: ['gpu', 'gpu-t4', 'linux-xl'],
      concurrency: 6,
      // For accounts without runner groups. The App needs `administration: write` on the repository for this.
      repositoryRunners: true,
    },
  },
});
