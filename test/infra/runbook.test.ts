// README's names are those of the templates, and every alarm has its paragraph there.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { imageParameter } from '../../shared/contract/names.ts';
import { parseTemplate, resourcesOf } from './iam-template.ts';
import { appOf, filmConfig, propertiesOf, root, synthesize } from './stage.ts';

const readme = readFileSync(join(root, 'README.md'), 'utf8');
const { controlPlane, codeBuild } = synthesize(filmConfig({ alarmEmail: 'crew@studio.example' }));

/** The image that README makes. */
const image = 'rocky9-gpu';
const imaging = filmConfig({ aws: { region: 'us-east-1', images: { [image]: {} } } });
const images = parseTemplate(appOf(imaging).synth().getStackByName('callsheet-film-images').template);

/** What is called by a name that a template gives: `<type> <name>`. */
const known = [
  ...[controlPlane, codeBuild].flatMap(resourcesOf).flatMap(({ type, properties }) =>
    Object.entries(properties)
      .filter(([key]) => /^(Alarm|Function|LogGroup|Queue|Table|Topic)?Name$/.test(key))
      .map(([, name]) => `${type} ${String(name)}`),
  ),
  ...Object.values(controlPlane.Outputs ?? {}).map(({ Value }) => `AWS::SSM::Parameter ${String(Value)}`),
  ...Object.values(images.Resources).map(({ Type, Properties }) => `${Type} ${String(Properties.Name)}`),
  `AWS::SSM::Parameter ${imageParameter('film', image)}`,
  'AWS::CloudFormation::Stack callsheet-film-codebuild',
];

/** The word before a name says what it is the name of; other words say nothing. */
const types = new Map([
  ['alarm', 'AWS::CloudWatch::Alarm'],
  ['function', 'AWS::Lambda::Function'],
  ['function-name', 'AWS::Lambda::Function'],
  ['pipeline', 'AWS::ImageBuilder::ImagePipeline'],
  ['project', 'AWS::CodeBuild::Project'],
  ['queue', 'AWS::SQS::Queue'],
  ['rule', 'AWS::Events::Rule'],
  ['schedule', 'AWS::Scheduler::Schedule'],
  ['stack', 'AWS::CloudFormation::Stack'],
  ['table', 'AWS::DynamoDB::Table'],
]);

/** A name with what the word before it says that it is, and with what stands for any word. */
const mention =
  /(?:([\w-]+)\s+`?)?((?:callsheet-<installation>-|(?:\/\w+)?\/callsheet\/<installation>\/)[\w<>./-]*[\w>])/g;

const namesIn = (text: string) =>
  [...text.matchAll(mention)].map(([, word = '', name = '']) => ({ type: types.get(word), name }));

/** Names in the text that nothing in the templates has, or nothing of that type. */
function strangersIn(text: string): string[] {
  return namesIn(text)
    .filter(({ type = '[\\w:]+', name }) => {
      const pattern = name
        .replace('<installation>', 'film')
        .replaceAll('.', '\\.')
        .replaceAll(/<[a-z]+>/g, '[a-z0-9-]+');
      return !known.some((each) => new RegExp(`^${type} ${pattern}$`).test(each));
    })
    .map(({ name }) => name);
}

describe("README's names", () => {
  it('are those of the templates', () => {
    expect(namesIn(readme).length).toBeGreaterThan(3);
    expect(strangersIn(readme)).toEqual([]);
  });

  it.each([
    'Is the schedule\n`callsheet-<installation>-reaper` enabled?',
    'purge the queue `callsheet-<installation>-rings`',
    'purge `callsheet-<installation>-dead-ringsxfifo`',
    'the table `callsheet-<installation>-<function>-log`',
    'of the project `callsheet-<installation>-reaper`',
    'its log is in `/callsheet/<installation>/ghost`.',
    'its log is in `/callsheet/<installation>/webhook/<pool>`',
  ])('are seen to be wrong: %s', (text) => {
    expect(strangersIn(text)).toHaveLength(1);
  });

  it.each([
    'Is the schedule\n`callsheet-<installation>-clock` enabled?',
    'aws lambda invoke --function-name callsheet-<installation>-reaper /dev/stdout',
    'purge the queue `callsheet-<installation>-dead-rings.fifo`: it',
    'of the project `callsheet-<installation>-<pool>-<size>`',
    'are in `/callsheet/<installation>/<function>`, and in /callsheet/<installation>/builds.',
    'the parameter `/callsheet/<installation>/app-key`',
    'the stack `callsheet-<installation>-codebuild`',
  ])('are seen to be right: %s', (text) => {
    expect(namesIn(text)).not.toEqual([]);
    expect(strangersIn(text)).toEqual([]);
  });
});

describe('the runbook', () => {
  /** https://docs.github.com/get-started/writing-on-github: how GitHub makes an address of a heading. */
  const anchors = [...readme.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w -]/g, '')
      .replaceAll(' ', '-'),
  );
  const alarms = Object.values(propertiesOf(controlPlane, 'AWS::CloudWatch::Alarm'));

  it.each(alarms.map(({ AlarmDescription }) => String(AlarmDescription)))('%s', (description) => {
    expect(anchors).toContain(description.replace('What to do: README.md#', ''));
  });
});
