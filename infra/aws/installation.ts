// The CDK app of one installation: its stacks, tagged and checked.
import { App, type AppProps, Tags, Validations } from 'aws-cdk-lib/core';
import { AwsSolutionsChecks } from 'cdk-nag';
import { installationTag } from '../../shared/contract/names.ts';
import { inTheCloud } from '../../shared/policy/ladder.ts';
import type { Config } from '../../shared/policy/schema.ts';
import {
  acknowledgeCodeBuild,
  acknowledgeControlPlane,
  acknowledgeImages,
  acknowledgeRegions,
} from './acknowledged.ts';
import { requireCertificates } from './certificates.ts';
import { codeBuildStack } from './codebuild.ts';
import { controlPlane } from './control-plane.ts';
import { imagesStack } from './images.ts';
import { machinesOf } from './machines.ts';
import { regionStacks } from './region.ts';

/**
 * `bundles`: the folder of the functions' bundles. The app refuses to be synthesized when a check fails.
 * Throws `ConfigError` where machines would start of no use.
 */
export function installationApp(config: Config, bundles: string, props?: AppProps): App {
  const app = new App({ analyticsReporting: false, ...props });
  const inCloud = inTheCloud(config);
  const machines = machinesOf(inCloud);
  if (machines) requireCertificates(machines);
  const codeBuild = codeBuildStack(app, inCloud);
  const control = controlPlane(app, inCloud, bundles);
  const regions = regionStacks(app, machines);
  // A function must not ask for a project or a launch template that is not there yet.
  for (const stack of [codeBuild, ...regions]) control.addStackDependency(stack);
  const images = imagesStack(app, config);
  acknowledgeControlPlane(control, machines);
  acknowledgeCodeBuild(codeBuild, inCloud);
  acknowledgeRegions(regions, machines);
  if (images) acknowledgeImages(images);
  Tags.of(app).add(installationTag, config.installation);
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  return app;
}
