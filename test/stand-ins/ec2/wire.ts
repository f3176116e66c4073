// EC2's query protocol: forms come, XML goes.

/** What a form says. */
export type Form = string | Form[] | { [name: string]: Form };

interface Branch {
  [name: string]: string | Branch;
}

/** `Filter.1.Value.1=x` is `{Filter: [{Value: ['x']}]}`. */
export function parseForm(body: string): Form {
  const root: Branch = {};
  for (const [path, value] of new URLSearchParams(body)) put(root, path.split('.'), value);
  return formOf(root);
}

function put(branch: Branch, [name = '', ...rest]: string[], value: string): void {
  if (rest.length === 0) {
    branch[name] = value;
    return;
  }
  const known = branch[name];
  const inner: Branch = typeof known === 'object' ? known : {};
  branch[name] = inner;
  put(inner, rest, value);
}

/** Lists have their numbers as names, from 1. */
function formOf(branch: string | Branch): Form {
  if (typeof branch === 'string') return branch;
  const entries = Object.entries(branch).map(([name, inner]) => [name, formOf(inner)] as const);
  const isList = entries.length > 0 && entries.every(([name]) => /^\d+$/.test(name));
  return isList ? entries.map(([, inner]) => inner) : Object.fromEntries(entries);
}

/** What XML holds: lists become `<item>`s, what is undefined is left out. */
export type Content = string | number | undefined | readonly Content[] | { [name: string]: Content };

const escaped = (text: string): string =>
  text.replace(/[&<>]/g, (sign) => (sign === '&' ? '&amp;' : sign === '<' ? '&lt;' : '&gt;'));

function written(content: Content): string {
  if (content === undefined) return '';
  if (typeof content === 'string' || typeof content === 'number') return escaped(String(content));
  if (isList(content)) return content.map((each) => `<item>${written(each)}</item>`).join('');
  return Object.entries(content)
    .map(([name, inner]) => (inner === undefined ? '' : `<${name}>${written(inner)}</${name}>`))
    .join('');
}

const isList = (content: Content): content is readonly Content[] => Array.isArray(content);

const declaration = '<?xml version="1.0" encoding="UTF-8"?>';

export const answerXml = (operation: string, content: { [name: string]: Content }): string =>
  `${declaration}<${operation}Response xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">` +
  `${written({ requestId: 'stand-in', ...content })}</${operation}Response>`;

export const refusalXml = (code: string, message: string): string =>
  `${declaration}<Response><Errors><Error>${written({ Code: code, Message: message })}</Error></Errors>` +
  '<RequestID>stand-in</RequestID></Response>';
