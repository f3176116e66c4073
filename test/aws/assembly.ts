// What `cdk synth` has written: the stacks, and the files that their templates want to find in S3.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod/mini';

const manifestShape = z.object({
  artifacts: z.record(
    z.string(),
    z.object({
      type: z.string(),
      properties: z.optional(z.object({ templateFile: z.optional(z.string()) })),
    }),
  ),
});

const assetsShape = z.object({
  files: z.record(
    z.string(),
    z.object({
      source: z.object({ path: z.string(), packaging: z.enum(['file', 'zip']) }),
      destinations: z.record(z.string(), z.object({ bucketName: z.string(), objectKey: z.string() })),
    }),
  ),
});

const resourceShape = z.looseObject({
  Type: z.string(),
  Properties: z.optional(z.record(z.string(), z.unknown())),
});

const templateShape = z.looseObject({ Resources: z.record(z.string(), resourceShape) });

export type Template = z.infer<typeof templateShape>;

/** A folder of files that becomes one object in S3. `bucket` may hold `${AWS::AccountId}` and the like. */
export interface Asset {
  folder: string;
  bucket: string;
  key: string;
}

export interface Stack {
  name: string;
  templateFile: string;
  template: Template;
  assets: Asset[];
}

const readJson = (...path: string[]): unknown => JSON.parse(readFileSync(join(...path), 'utf8'));

/** All stacks in the folder, in the order of their names: none of ours needs another. */
export function readAssembly(folder: string): Stack[] {
  const { artifacts } = manifestShape.parse(readJson(folder, 'manifest.json'));
  return Object.entries(artifacts)
    .filter(([, { type }]) => type === 'aws:cloudformation:stack')
    .map(([name, { properties }]) => {
      const templateFile = join(folder, properties?.templateFile ?? `${name}.template.json`);
      const template = templateShape.parse(readJson(templateFile));
      return { name, templateFile, template, assets: assetsOf(folder, name) };
    })
    .sort((a, b) => a.name.localeCompare(b.name));
}

/** The template itself is one of the files; it is handed over with the call instead. */
function assetsOf(folder: string, stack: string): Asset[] {
  const { files } = assetsShape.parse(readJson(folder, `${stack}.assets.json`));
  return Object.values(files)
    .filter(({ source }) => source.packaging === 'zip')
    .flatMap(({ source, destinations }) =>
      Object.values(destinations).map(({ bucketName, objectKey }) => ({
        folder: join(folder, source.path),
        bucket: bucketName,
        key: objectKey,
      })),
    );
}

/** The same template, whose functions have these variables too. Those that CDK brings have none. */
export function withVariables(template: Template, variables: Record<string, string>): Template {
  const Resources = Object.fromEntries(
    Object.entries(template.Resources).map(([id, resource]) => {
      const isOurs = resource.Type === 'AWS::Lambda::Function' && resource.Properties?.Environment;
      if (!isOurs) return [id, resource];
      const environment = z
        .object({ Variables: z.record(z.string(), z.unknown()) })
        .parse(resource.Properties?.Environment);
      const Environment = { Variables: { ...environment.Variables, ...variables } };
      return [id, { ...resource, Properties: { ...resource.Properties, Environment } }];
    }),
  );
  return { ...template, Resources };
}

/** CDK's own function, which closes the default security group: no stand-in can run it. */
const beyondStandIns = /^(VpcRestrictDefaultSecurityGroup|CustomVpcRestrictDefaultSG)/;

/** The stack without what stand-ins cannot make. */
export function deployable(stack: Stack): Stack {
  const kept = Object.entries(stack.template.Resources).filter(([id]) => !beyondStandIns.test(id));
  return { ...stack, template: { ...stack.template, Resources: Object.fromEntries(kept) } };
}
