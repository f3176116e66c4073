// The command `secrets`: makes, rotates and shows the secrets, and tells how they stand.
import { appClient } from '../app.ts';
import { type Io, type Main, Problem } from '../command.ts';
import { table } from '../table.ts';
import {
  faultLine,
  newSecret,
  parameterOf,
  readSecret,
  readSecrets,
  type SecretKind,
  type SecretState,
  webhookSecretsOf,
} from './forms.ts';
import { type Parameters, parametersOf } from './parameters.ts';
import { keyInFile } from './private-key.ts';
import { requestOf, usage } from './request.ts';
import { applyWebhook, beginWebhook, finishWebhook, type Rotation, replaceSecret } from './rotate.ts';

interface Scene {
  installation: string;
  parameters: Parameters;
  io: Io;
}

export const secrets: Main = async (args, environment, io, config) => {
  const request = requestOf(args);
  const { installation } = config;
  const scene = { installation, parameters: parametersOf(installation), io };
  switch (request.kind) {
    case 'help':
      io.out(usage);
      return 0;
    case 'table':
      return tell(scene);
    case 'create':
      return create(scene, request.keyFile);
    case 'rotate': {
      const app = () => appClient({ ...scene, file: undefined, environment, config, warn: io.err });
      const rotation = await rotationOf(scene, request.secret);
      if (request.secret !== 'webhook') await replaceSecret(rotation, request.secret);
      else if (request.apply && isUnderWay(rotation.state)) await applyWebhook(rotation, app);
      else await beginWebhook(rotation);
      return 0;
    }
    case 'finish':
      await finishWebhook(await rotationOf(scene, request.secret));
      return 0;
    case 'show':
      return show(scene, request.secret);
  }
};

/** The table, and what to do about each fault. */
async function tell({ installation, parameters, io }: Scene): Promise<number> {
  const states = await readSecrets(parameters, installation);
  const rows = states.map((state) => [
    state.kind,
    state.parameter,
    state.stored ? 'yes' : 'no',
    !state.stored ? '-' : state.fault ? 'no' : 'yes',
    state.stored?.changedAt?.toISOString().slice(0, 16).replace('T', ' ') ?? '-',
  ]);
  const heading = ['secret', 'parameter', 'present', 'well-formed', 'last changed (UTC)'];
  for (const line of table([heading, ...rows])) io.out(line);
  const faults = states.filter((state) => state.fault);
  for (const state of faults) io.out(faultLine(state));
  if (states.some(isUnderWay)) io.out(underWay);
  return faults.length === 0 ? 0 : 1;
}

const underWay =
  'webhook is being rotated: once GitHub has the new secret, npm run secrets -- --finish webhook';

const isUnderWay = ({ kind, stored }: SecretState): boolean =>
  kind === 'webhook' && webhookSecretsOf(stored?.value ?? '').length > 1;

/** Makes what is missing, and leaves what is there; only a key that is given replaces another one. */
async function create(scene: Scene, keyFile: string | undefined): Promise<number> {
  const { installation, parameters, io } = scene;
  const key = keyFile === undefined ? undefined : keyInFile(keyFile, io.err);
  for (const kind of ['webhook', 'builders', 'token'] as const) {
    await createSecret(scene, kind, newSecret());
  }
  if (key !== undefined && !(await createSecret(scene, 'app-key', key))) {
    const name = parameterOf(installation, 'app-key');
    const isSame = (await parameters.read([name])).get(name)?.value === key;
    if (!isSame) await parameters.replace(name, key);
    io.out(isSame ? `${name} holds this key already` : `replaced ${name}`);
  }
  await tell(scene);
  return 0;
}

/** False: there is one, which stays. */
async function createSecret(
  { installation, parameters, io }: Scene,
  kind: SecretKind,
  value: string,
): Promise<boolean> {
  const name = parameterOf(installation, kind);
  const created = await parameters.create(name, value);
  if (created) io.out(`made ${name}`);
  return created;
}

async function show({ installation, parameters, io }: Scene, kind: 'webhook' | 'token'): Promise<number> {
  const state = await readSecret(parameters, installation, kind);
  if (!state.stored) throw new Problem(faultLine(state));
  io.out(webhookSecretsOf(state.stored.value)[0] ?? '');
  return 0;
}

const rotationOf = async ({ installation, parameters, io }: Scene, kind: SecretKind): Promise<Rotation> => ({
  parameters,
  state: await readSecret(parameters, installation, kind),
  now: Date.now(),
  say: io.out,
});
