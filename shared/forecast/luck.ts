// Chance by a seed and by what it is asked about, never by the order of asking: policies share their luck.

/** A number from 0 to 1 (excluded) for `what` of `id`: the same for the same seed. */
export type Luck = (what: string, id: string) => number;

/** The luck of one seed, which is any number. */
export const luckOf =
  (seed: number): Luck =>
  (what, id) =>
    mixed(hashOf(`${seed}/${what}/${id}`)) / 2 ** 32;

/** A number between two others. */
export const between = (low: number, high: number, luck: number): number => low + luck * (high - low);

/** FNV-1a, 32 bits. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash;
}

/** The finalizer of MurmurHash3: texts that are nearly alike get numbers that are not. */
function mixed(hash: number): number {
  let mix = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  mix = Math.imul(mix ^ (mix >>> 13), 0xc2b2ae35);
  return (mix ^ (mix >>> 16)) >>> 0;
}
