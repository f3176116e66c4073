// Present prices of spot, asked of AWS.
import { type Offering, offeringKey } from '../../../shared/contract/offerings.ts';
import { askAws } from '../aws.ts';

/** US dollars for an hour by the key of the offering. Absent: AWS knows no price, so does not offer it. */
export type SpotPrices = ReadonlyMap<string, number>;

/**
 * Throws `Problem`, or `Unavailable`. A history that begins now has one price of each type and zone: the
 * present one.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSpotPriceHistory.html
 */
export async function spotPricesOf(spot: readonly Offering[]): Promise<SpotPrices> {
  const prices = new Map<string, number>();
  for (const region of new Set(spot.map((one) => one.region))) {
    const types = new Set(spot.filter((one) => one.region === region).map(({ type }) => type));
    for (const [key, usd] of await pricesIn(region, [...types])) prices.set(key, usd);
  }
  return prices;
}

const pricesIn = (region: string, types: string[]): Promise<SpotPrices> =>
  askAws('ec2:DescribeSpotPriceHistory', async () => {
    const sdk = await import('@aws-sdk/client-ec2');
    const prices = new Map<string, number>();
    const names = new Set(types);
    const pages = sdk.paginateDescribeSpotPriceHistory(
      { client: new sdk.EC2Client({ region }) },
      {
        Filters: [{ Name: 'instance-type', Values: types }],
        ProductDescriptions: ['Linux/UNIX'],
        StartTime: new Date(),
      },
    );
    for await (const { SpotPriceHistory: some = [] } of pages) {
      for (const { InstanceType: type = '', AvailabilityZone: zone = '', SpotPrice: usd } of some) {
        if (usd === undefined || !names.has(type)) continue;
        prices.set(offeringKey({ region, market: 'spot', type, zone }), Number(usd));
      }
    }
    return prices;
  });
