// The log of a function: one line of JSON for each unit of work, at its end.

/** Lambda sends what is printed to the function's log group. */
export const logLine = (line: Record<string, unknown>): void => console.log(JSON.stringify(line));
