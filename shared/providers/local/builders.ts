// The builders in the provider's folder: started once, seen, and ended. All state is in the folder.
import type { ChildProcess } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Sighting } from '../../scheduler/ports.ts';
import { endAgent, endOfLog, exitOf, startAgent } from './agent.ts';
import { isAlive, processesOf } from './processes.ts';
import { ifThere, launchOf, type Records } from './records.ts';
import { agentEnvironment, type LocalSettings } from './settings.ts';

export interface Builders {
  /** Ids of all that is there, also what is not ours, but not what is hidden. Throws if it cannot be read. */
  ids(): string[];
  /** Starts a builder of a launch, unless that was done before, whatever has become of it. */
  start(launch: string, builder: string): Promise<void>;
  /** Ends what there is of a builder. Nothing there is success. */
  end(builder: string): Promise<void>;
  /** The builder, or undefined when it is not there. One whose agent has exited is ended whole. */
  sight(builder: string): Promise<Sighting | undefined>;
  /** Waits until `onEnd` was called for all agents that this process started and that have exited. */
  allTold(): Promise<void>;
}

export function builders(folder: string, kept: Records, settings: LocalSettings): Builders {
  const homeOf = (builder: string) => join(folder, builder);
  const isOurs = (builder: string) => kept.knows(launchOf(builder));
  const farewells = new Map<string, Promise<void>>();

  async function end(builder: string): Promise<void> {
    const agent = isOurs(builder) ? kept.started(builder) : undefined;
    await endAgent(builder, homeOf(builder), agent, settings.pace ?? 1);
  }

  async function farewell(child: ChildProcess, builder: string): Promise<void> {
    const how = await exitOf(child);
    const log = endOfLog(homeOf(builder));
    // What cannot be ended now is seen, and ended, by the next list.
    await end(builder).catch(() => {});
    farewells.delete(builder);
    settings.onEnd?.(builder, { why: `the agent ${how}`, log });
  }

  async function start(launch: string, builder: string): Promise<void> {
    const home = homeOf(builder);
    if (kept.started(builder)) return;
    // Killed between the start of an agent and its record: the agent is there, the record is made now.
    const [found] = processesOf(home);
    if (found) return kept.save(builder, { ...found, at: Date.now() });
    const env = agentEnvironment(settings, launch, builder, home);
    const { child, agent } = await startAgent(settings.agent, home, env);
    kept.save(builder, { ...agent, at: Date.now() });
    farewells.set(builder, farewell(child, builder));
  }

  async function sight(builder: string): Promise<Sighting | undefined> {
    const found = ifThere(() => statSync(homeOf(builder)));
    if (!found) return undefined;
    if (!isOurs(builder)) return { id: builder, startedAt: found.mtimeMs };
    const agent = kept.started(builder);
    if (agent && !isAlive(agent)) return void (await (farewells.get(builder) ?? end(builder)));
    return { id: builder, launch: launchOf(builder), startedAt: agent?.at ?? found.mtimeMs };
  }

  const ids = () => (ifThere(() => readdirSync(folder)) ?? []).filter((name) => !name.startsWith('.'));
  const allTold = async () => void (await Promise.all(farewells.values()));

  return { ids, start, end, sight, allTold };
}
