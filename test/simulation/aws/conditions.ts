// The expressions of DynamoDB that the tables use: what is absent, what equals a value, and either of two.
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { RawAttributes } from '../../../shared/store/attributes.ts';

export interface Expressed {
  ExpressionAttributeNames?: Record<string, string> | undefined;
  ExpressionAttributeValues?: Record<string, AttributeValue> | undefined;
}

/** Does the item fulfil the condition? Throws for an expression that is not understood. */
export function holds(
  condition: string | undefined,
  expressed: Expressed,
  item: RawAttributes | undefined,
): boolean {
  if (condition === undefined) return true;
  return condition.split(' OR ').some((term) => holdsTerm(term, expressed, item));
}

function holdsTerm(term: string, expressed: Expressed, item: RawAttributes | undefined): boolean {
  const absent = /^attribute_not_exists\((#\w+)\)$/.exec(term)?.[1];
  if (absent !== undefined) return item?.[nameOf(expressed, absent)] === undefined;
  const { name, value } = equalityIn(term, expressed);
  const own = item?.[name];
  return own !== undefined && textOf(own) === value;
}

/** Of `#name = :value`: the attribute's name, and the value as text. */
export function equalityIn(expression: string | undefined, expressed: Expressed) {
  const [, name, value] = /^(#\w+) = (:\w+)$/.exec(expression ?? '') ?? [];
  if (name === undefined || value === undefined) throw new Error(`not understood here: ${expression}`);
  return {
    name: nameOf(expressed, name),
    value: textOf(expressed.ExpressionAttributeValues?.[value]),
  };
}

function nameOf({ ExpressionAttributeNames: names }: Expressed, placeholder: string): string {
  const name = names?.[placeholder];
  if (name === undefined) throw new Error(`no attribute is called ${placeholder} here`);
  return name;
}

/** A string or number as text. Throws for anything else: no key or version is that. */
export function textOf(attribute: unknown): string {
  if (typeof attribute === 'object' && attribute !== null) {
    if ('S' in attribute && typeof attribute.S === 'string') return attribute.S;
    if ('N' in attribute && typeof attribute.N === 'string') return attribute.N;
  }
  throw new Error(`neither a string nor a number: ${JSON.stringify(attribute)}`);
}
