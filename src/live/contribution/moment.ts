/** What a contribution rule looks at: the owner's clock, and how the machine is used. */

export type Power = "mains" | "battery" | "unknown";

/** Time on the wall where the owner lives; how it follows from an instant is not the rule's. */
export interface WallTime {
  /** 0 is Monday. */
  readonly day: number;
  /** Minutes since midnight, 0 to 1,439. */
  readonly minute: number;
}

export interface Moment {
  readonly time: WallTime;
  /** What is not known counts as busy. */
  readonly owner: "idle" | "busy" | "unknown";
  /** What is not known counts as battery. */
  readonly power: Power;
  /** Share of all cores that others use, 0 to 1; undefined counts as all of them. */
  readonly load: number | undefined;
}

export interface MachineSize {
  readonly cores: number;
  readonly memoryMib: number;
}

const names = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/**
 * Gives the wall time of instants in a time zone (an IANA name; by default the machine's own),
 * summer time included. Throws RangeError for a zone that the system does not know.
 */
export function wallClock(zone?: string): (atMs: number) => WallTime {
  const format = new Intl.DateTimeFormat("en-GB", {
    ...(zone === undefined ? {} : { timeZone: zone }),
    weekday: "short",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
  return (atMs) => {
    const parts = format.formatToParts(atMs);
    const part = (type: Intl.DateTimeFormatPartTypes) =>
      parts.find((each) => each.type === type)?.value ?? "";
    return {
      day: names.indexOf(part("weekday")),
      minute: Number(part("hour")) * 60 + Number(part("minute")),
    };
  };
}
