// Are the secrets there, and well-formed?
import { webhookSecretsOf } from '../secrets/forms.ts';
import { type Check, fail, ok, warn } from './finding.ts';

export const storedSecrets: Check = {
  name: 'secrets',
  async run({ secrets }) {
    return (await secrets()).map(({ kind, parameter, stored, fault }) => {
      const check = `secret ${kind}`;
      if (fault) return fail(check, `${parameter} ${fault.what}`, fault.remedy);
      if (kind === 'webhook' && webhookSecretsOf(stored?.value ?? '').length > 1) {
        return warn(
          check,
          'is being rotated',
          'npm run secrets -- --finish webhook, once GitHub has the new one',
        );
      }
      return ok(check, parameter);
    });
  },
};
