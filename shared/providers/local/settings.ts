// The settings of the provider `local`, and the environment that its agents get.
import { ticketFor } from '../tickets.ts';

export interface LocalSettings {
  /** Holds one folder for each builder. Made when missing, removed by `close`. For one service at a time. */
  folder: string;
  /** Path of the agent script. */
  agent: string;
  /** Where agents reach Callsheet. */
  url: string;
  /** Makes the tickets. */
  secret: string;
  /** Added to the environment of agents, which is otherwise PATH, HOME, LANG and USER. */
  env?: Record<string, string>;
  /** Divides the waits of agents and of `stop`: a whole number, 1 when absent. */
  pace?: number;
  /** A builder that this process started has ended: why, and the end of its log. */
  onEnd?: (id: string, end: { why: string; log: string }) => void;
}

/** What an agent is started with. */
export function agentEnvironment(
  { url, secret, env, pace }: LocalSettings,
  launch: string,
  builder: string,
  home: string,
): Record<string, string> {
  const passed = ['PATH', 'HOME', 'LANG', 'USER'].flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value]];
  });
  return {
    ...Object.fromEntries(passed),
    ...env,
    CALLSHEET_URL: url,
    CALLSHEET_BUILDER: builder,
    CALLSHEET_LAUNCH: launch,
    CALLSHEET_TICKET: ticketFor(secret, launch, builder),
    CALLSHEET_HOME: home,
    // Stays with the job's processes, and tells them from those of another service's builder of that name.
    CALLSHEET_MARK: home,
    CALLSHEET_PLATFORM: 'local',
    CALLSHEET_PACE: String(pace ?? 1),
  };
}
