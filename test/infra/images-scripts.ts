// A template of the stack of images, and the documents of its components: steps, and their scripts.
import type { App } from 'aws-cdk-lib/core';
import * as z from 'zod/mini';

const template = z.object({
  Resources: z.record(
    z.string(),
    z.object({ Type: z.string(), Properties: z._default(z.record(z.string(), z.unknown()), {}) }),
  ),
});

export type Template = z.infer<typeof template>;

/**
 * As far as ours go.
 * https://docs.aws.amazon.com/imagebuilder/latest/userguide/toe-component-documents.html
 */
const document = z.strictObject({
  schemaVersion: z.literal('1.0'),
  phases: z.array(
    z.strictObject({
      name: z.enum(['build', 'validate', 'test']),
      steps: z.array(
        z.discriminatedUnion('action', [
          z.strictObject({
            name: z.string().check(z.regex(/^[\w-]+$/)),
            action: z.literal('ExecuteBash'),
            inputs: z.strictObject({ commands: z.tuple([z.string()]) }),
          }),
          z.strictObject({
            name: z.string(),
            action: z.literal('Reboot'),
            inputs: z.strictObject({ delaySeconds: z.number() }),
          }),
        ]),
      ),
    }),
  ),
});

export interface Component {
  phase: 'build' | 'validate' | 'test';
  steps: { name: string; script?: string }[];
  /** The document as a text. */
  text: string;
}

/** All components of a template, in order. Throws for a document that Image Builder would not understand. */
export const componentsOf = ({ Resources }: Template): Component[] =>
  Object.values(Resources)
    .filter(({ Type }) => Type === 'AWS::ImageBuilder::Component')
    .map(({ Properties }) => {
      const text = z.string().parse(Properties.Data);
      const [phase, ...more] = document.parse(JSON.parse(text)).phases;
      if (!phase || more.length > 0) throw new Error('a component has one phase');
      const steps = phase.steps.map(({ name, inputs }) =>
        'commands' in inputs ? { name, script: inputs.commands[0] } : { name },
      );
      return { phase: phase.name, steps, text };
    });

/** Synthesizes the app. Throws when a check of it fails, or it has no such stack. */
export const templateOf = (app: App, stack: string): Template =>
  template.parse(app.synth().getStackByName(stack).template);
