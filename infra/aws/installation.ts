// The CDK app of one installation: its two stacks, tagged and checked.
import { App, type AppProps, Tags, Validations } from 'aws-cdk-lib/core';
import { AwsSolutionsChecks } from 'cdk-nag';
import { installationTag } from '../../shared/contract/names.ts';
import { inTheCloud } from '../../shared/policy/ladder.ts';
import type { Config } from '../../shared/policy/schema.ts';
import { acknowledgeCodeBuild, acknowledgeControlPlane } from './acknowledged.ts';
import { codeBuildStack } from './codebuild.ts';
import { controlPlane } from './control-plane.ts';

/** `bundles`: the folder of the functions' bundles. The app refuses to be synthesized when a check fails. */
export function installationApp(config: Config, bundles: string, props?: AppProps): App {
  const app = new App({ analyticsReporting: false, ...props });
  const inCloud = inTheCloud(config);
  const codeBuild = codeBuildStack(app, inCloud);
  const control = controlPlane(app, inCloud, bundles);
  // A function must not ask for a project that is not there yet.
  control.addStackDependency(codeBuild);
  acknowledgeControlPlane(control);
  acknowledgeCodeBuild(codeBuild, inCloud);
  Tags.of(app).add(installationTag, config.installation);
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  return app;
}
