// The buildspec of CodeBuild builders: unpacks the agent, starts Docker where jobs need it, runs the agent.
import { agentFiles, packedAgent } from '../../shared/agent/pack.ts';

/** https://docs.aws.amazon.com/codebuild/latest/userguide/build-spec-ref.html */
export interface Buildspec {
  version: '0.2';
  phases: { build: { commands: string[] } };
}

/** Holds the agent and its home. The user of the runner must be able to pass through it. */
const folder = `"\${TMPDIR:-/tmp}/callsheet"`;
const home = `${folder}/home`;

/**
 * What a build of the pool does: no secret in it, and the same text for the same files. The commands share no
 * variables, so that it does not matter whether they share a shell.
 */
export function buildspec({ containers, gpu }: { containers: boolean; gpu: boolean }): Buildspec {
  const settings = [
    `CALLSHEET_HOME=${home}`,
    ...(containers ? ['CALLSHEET_DOCKER=1'] : []),
    ...(gpu ? ["CALLSHEET_PROMISE='1 0'"] : []),
  ];
  const packed = packedAgent(agentFiles.codebuild).toString('base64');
  const commands = [
    `mkdir -m 711 ${folder} && mkdir -m 700 ${home}`,
    `echo ${packed} | base64 -d | tar -xzf - -C ${folder}`,
    ...(containers ? [startDocker] : []),
    `${settings.join(' ')} sh ${folder}/agent.sh`,
  ];
  return { version: '0.2', phases: { build: { commands } } };
}

/**
 * AWS's own images have started it already. Succeeds whatever becomes of it: the agent's health check tells
 * with the end of the log why Docker does not answer.
 * https://docs.aws.amazon.com/codebuild/latest/userguide/sample-docker-custom-image.html
 */
const startDocker = `docker info > /dev/null 2>&1 || {
  nohup dockerd --host=unix:///var/run/docker.sock --storage-driver=overlay2 > ${home}/dockerd.log 2>&1 &
  timeout 30 sh -c 'until docker info || ! kill -0 "$0"; do sleep 1; done' "$!" > /dev/null 2>&1 || :
}`;
