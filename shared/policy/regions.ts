// The regions of AWS that machines can start in: their zones, and what machines cost there.

/**
 * Zones by name, as most accounts have them on 2026-11-21; `npm run doctor` compares them with yours.
 * `priceFactor`: on-demand prices against us-east-1, the dearer of g4dn and g5, not read from a price list:
 * put in your own where it matters.
 * https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-availability-zones.html
 */
export interface Region {
  zones: readonly string[];
  priceFactor: number;
}

const region = (name: string, letters: string, priceFactor: number): [string, Region] => [
  name,
  { zones: [...letters].map((letter) => `${name}${letter}`), priceFactor },
];

export const regions: Readonly<Record<string, Region>> = Object.fromEntries([
  region('us-east-1', 'abcdf', 1),
  region('us-east-2', 'abc', 1),
  region('us-west-1', 'ac', 1.2),
  region('us-west-2', 'abcd', 1),
  region('ca-central-1', 'abd', 1.11),
  region('sa-east-1', 'abc', 1.7),
  region('eu-west-1', 'abc', 1.12),
  region('eu-west-2', 'abc', 1.17),
  region('eu-west-3', 'abc', 1.17),
  region('eu-central-1', 'abc', 1.25),
  region('eu-north-1', 'abc', 1.06),
  region('ap-northeast-1', 'acd', 1.45),
  region('ap-northeast-2', 'abcd', 1.23),
  region('ap-southeast-1', 'abc', 1.4),
  region('ap-southeast-2', 'abc', 1.3),
  region('ap-south-1', 'abc', 1.2),
]);
