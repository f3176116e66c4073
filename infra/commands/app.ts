// The App's voice for the commands: its private key, from a file or from where the functions have it.
import type { GitHubClient } from '../../shared/github/call.ts';
import { gitHubClient } from '../../shared/github/client.ts';
import type { Config } from '../../shared/policy/schema.ts';
import { type Environment, Unavailable } from './command.ts';
import { parameterOf } from './secrets/forms.ts';
import type { Parameters } from './secrets/parameters.ts';
import { keyInFile } from './secrets/private-key.ts';

export interface KeySources {
  /** `--app-key`; else the environment's CALLSHEET_APP_KEY_FILE; else the SSM parameter. */
  file: string | undefined;
  environment: Environment;
  parameters: Parameters;
  config: Config;
  warn(line: string): void;
}

/** Calls GitHub as the App. Throws `Problem` for a bad key, `Unavailable` when there is none. */
export async function appClient(sources: KeySources): Promise<GitHubClient> {
  const { environment, config } = sources;
  const key = await appKey(sources);
  const baseUrl = environment.GITHUB_API_URL;
  return gitHubClient({ ...config.github, privateKey: async () => key, ...(baseUrl && { baseUrl }) });
}

async function appKey({ file, environment, parameters, config, warn }: KeySources): Promise<string> {
  const path = file ?? environment.CALLSHEET_APP_KEY_FILE;
  if (path) return keyInFile(path, warn);
  const name = parameterOf(config.installation, 'app-key');
  const what = 'no private key of the App';
  const found = await parameters.read([name]).catch((error: unknown) => {
    if (!(error instanceof Unavailable)) throw error;
    throw new Unavailable(what, `give --app-key <file> (it cannot be read in SSM: ${error.what})`);
  });
  const stored = found.get(name);
  if (stored) return stored.value;
  throw new Unavailable(what, `npm run secrets -- --app-key <file> puts it in ${name}`);
}
