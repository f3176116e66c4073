// The error of a wrong setting: what is wrong where, and what to do about it.

/** A setting is wrong. The message names it and the remedy, and may be logged: it holds no secret. */
export class Misconfigured extends Error {
  override name = 'Misconfigured';
}
