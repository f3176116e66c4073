// Plain data as DynamoDB attributes and back, without the SDK.

/** The attribute types that records need: string, number, boolean, list, map. */
export type Attribute =
  | { S: string }
  | { N: string }
  | { BOOL: boolean }
  | { L: Attribute[] }
  | { M: Record<string, Attribute> };

/** Attributes by name. */
export type Attributes = Record<string, Attribute>;

/** Attributes as an answer brought them: nothing is known of them yet. */
export type RawAttributes = Record<string, unknown>;

/** Fields that are undefined are dropped. Throws on what no attribute can hold. */
export function toAttributes(fields: object): Attributes {
  const attributes: Attributes = {};
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined) attributes[name] = toAttribute(value);
  }
  return attributes;
}

function toAttribute(value: unknown): Attribute {
  // Half a surrogate pair, as the cut end of a log may hold, would make DynamoDB refuse the whole item.
  if (typeof value === 'string') return { S: value.toWellFormed() };
  if (typeof value === 'number') return { N: String(value) };
  if (typeof value === 'boolean') return { BOOL: value };
  if (Array.isArray(value)) return { L: value.map(toAttribute) };
  if (typeof value === 'object' && value !== null) return { M: toAttributes(value) };
  throw new TypeError(`no attribute can hold ${value === null ? 'null' : `a ${typeof value}`}`);
}

/** The inverse of `toAttributes`. What it never writes becomes null, which no record may hold. */
export function fromAttributes(attributes: object): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const [name, attribute] of Object.entries(attributes)) fields[name] = fromAttribute(attribute);
  return fields;
}

function fromAttribute(attribute: unknown): unknown {
  if (typeof attribute !== 'object' || attribute === null) return null;
  if ('S' in attribute) return attribute.S;
  if ('N' in attribute) return Number(attribute.N);
  if ('BOOL' in attribute) return attribute.BOOL;
  if ('L' in attribute) return Array.isArray(attribute.L) ? attribute.L.map(fromAttribute) : null;
  if (!('M' in attribute)) return null;
  const { M: map } = attribute;
  return typeof map === 'object' && map !== null ? fromAttributes(map) : null;
}
