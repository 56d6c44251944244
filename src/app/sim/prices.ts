/** What a machine's VCU-hour and a cloud's core-hour are taken to cost: inputs, never results. */

export interface PriceFlags {
  readonly cloudCoreHour?: number;
  readonly vcuHour?: number;
}

export interface Prices {
  readonly vcuHour: number;
  readonly cloudCoreHour: number;
}

/** A core-hour of a large cloud on demand, US dollars, of about a VCU. */
const CLOUD_CORE_HOUR = 0.04;
/** Ten watts for an hour at 0.25 dollars a kilowatt-hour, and three times that as reward. */
const VCU_HOUR = 0.01;

export function pricesOf({ cloudCoreHour, vcuHour }: PriceFlags): Prices {
  return { cloudCoreHour: cloudCoreHour ?? CLOUD_CORE_HOUR, vcuHour: vcuHour ?? VCU_HOUR };
}
