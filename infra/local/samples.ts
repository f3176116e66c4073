// A few sample jobs, so that `npm start` shows what Callsheet does: jobs
// that are served, one that is refused.
import type { EmbeddedGitHub, JobRequest } from './github/surface.ts';

const academy = (name: string): string => `AcademySoftwareFoundation/${name}`;

const samples: JobRequest[] = [
  {
    repository: academy('OpenColorIO'),
    name: 'gpu-tests',
    labels: ['gpu'],
    run: 'echo "building for the GPU"; sleep 1; echo "all tests passed"',
  },
  {
    repository: academy('OpenShadingLanguage'),
    name: 'optix',
    labels: ['gpu-t4'],
    run: 'echo "rendering a frame"; sleep 1; echo "frame 1 of 1 done"',
  },
  {
    repository: academy('OpenColorIO'),
    name: 'pull request of a fork',
    labels: ['gpu'],
    run: 'echo "this never runs"',
    fork: true,
  },
];

/** Queues the samples, each in its repository if the configuration has it. */
export function queueSamples(github: EmbeddedGitHub): void {
  for (const sample of samples) if (github.repositories.includes(sample.repository)) github.queueJob(sample);
}
