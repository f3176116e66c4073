// StartBuild of a simulated CodeBuild: one build for each token, as long as that is known.
import type { Build, StartBuildCommandInput } from '@aws-sdk/client-codebuild';
import { poolOfLaunch } from '../../../shared/contract/names.ts';
import { variables } from '../../../shared/providers/codebuild/names.ts';
import type { SimulatedCloud } from '../cloud.ts';
import { minute } from '../time.ts';
import type { World } from '../world.ts';
import { asBuild, type BuildBook, type BuildMachine, isBuild } from './builds.ts';

/** An error as CodeBuild's client throws it. */
export const refusal = (code: string, words = `simulated ${code}`): Error =>
  Object.assign(new Error(words), { name: code });

/** https://docs.aws.amazon.com/codebuild/latest/APIReference/API_StartBuild.html (`idempotencyToken`) */
const tokenLifeMs = 5 * minute;

export interface Starting {
  world: World;
  cloud: SimulatedCloud;
  book: BuildBook;
  projects: ReadonlySet<string>;
}

/** Starts a build, or answers that of the token. What is asked later than a token lives is another build. */
export function starter(place: Starting): (input: StartBuildCommandInput) => Build {
  const tokens = new Map<string, { asked: string; machine: BuildMachine }>();
  const { world, projects } = place;
  const { time, faults, faulty, breaks } = world;
  return (input) => {
    const { projectName = '', idempotencyToken: token = '' } = input;
    if (!projects.has(projectName)) throw refusal('ResourceNotFoundException', `no project ${projectName}`);
    const asked = JSON.stringify(input);
    const before = tokens.get(token);
    if (before && time.now() - before.machine.startedAt < tokenLifeMs) {
      if (before.asked !== asked) {
        breaks(`a build of ${projectName} was asked with another request under the same token`);
        throw refusal('InvalidInputException', 'Idempotency token was used with mismatched parameters');
      }
      return asBuild(before.machine, time.now());
    }
    if (faulty(faults.partial))
      throw refusal(
        'AccountLimitExceededException',
        'Cannot have more than 5 builds in queue for the account',
      );
    const machine = start(place, input);
    tokens.set(token, { asked, machine });
    return asBuild(machine, time.now());
  };
}

/** Two builds of one builder: it was asked too late, or by a token of another. */
function start({ world, cloud, book }: Starting, input: StartBuildCommandInput): BuildMachine {
  const { projectName: project = '', environmentVariablesOverride: own = [] } = input;
  const given = (name: string): string => own.find((each) => each.name === name)?.value ?? '';
  const builder = given(variables.builder);
  const launch = given(variables.launch);
  if (cloud.machines.has(builder)) world.breaks(`builder ${builder} was started twice`);
  const machine = cloud.start({
    id: builder,
    provider: 'codebuild',
    pool: poolOfLaunch(launch) ?? '',
    launch,
    build: { id: book.nextId(project), project, variables: own },
    proof: given(variables.ticket),
  });
  if (!isBuild(machine)) throw new Error(`${builder} is no build`);
  book.add(machine);
  world.say(`CodeBuild: ${machine.id} starts for ${launch}`);
  return machine;
}
