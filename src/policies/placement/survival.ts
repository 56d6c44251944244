/**
 * How likely a volunteer's machine goes away during a run, given how long it has been up. Random
 * hosts of SETI@home stay up for a Weibull time of shape .393 and scale 2.964 h (B. Javadi,
 * D. Kondo, J.-M. Vincent and D. Anderson, "Discovering statistical models of availability in large
 * distributed systems", 2011): the hazard falls, so who has been up for long will stay. The closed
 * form needs exponentials, which differ between engines; this is a table of it, and a test
 * compares both.
 */
import { HOUR } from "../../kernel/duration.ts";

/** Failures in ten thousand; a row for each time up, a column for each length of a run. */
const FAILURES: ReadonlyArray<ReadonlyArray<number>> = [
  [
    0, 419, 547, 712, 924, 1195, 1539, 1970, 2504, 3150, 3916, 4792, 5755, 6754, 7717, 8563, 9217,
    9647, 9876,
  ],
  [
    0, 67, 127, 228, 391, 630, 963, 1401, 1958, 2643, 3460, 4399, 5432, 6506, 7543, 8453, 9157,
    9620, 9867,
  ],
  [
    0, 46, 88, 166, 299, 510, 820, 1245, 1798, 2488, 3317, 4274, 5329, 6426, 7487, 8417, 9138, 9612,
    9864,
  ],
  [
    0, 31, 60, 116, 217, 391, 664, 1062, 1602, 2291, 3132, 4109, 5191, 6319, 7411, 8369, 9111, 9600,
    9860,
  ],
  [
    0, 20, 40, 79, 152, 285, 510, 863, 1371, 2048, 2895, 3894, 5009, 6176, 7308, 8304, 9076, 9583,
    9854,
  ],
  [
    0, 13, 27, 53, 103, 199, 372, 664, 1117, 1760, 2599, 3616, 4768, 5985, 7170, 8215, 9027, 9561,
    9846,
  ],
  [
    0, 9, 18, 35, 69, 136, 261, 486, 863, 1441, 2245, 3265, 4453, 5728, 6983, 8094, 8960, 9531,
    9835,
  ],
  [0, 6, 12, 23, 46, 91, 178, 341, 633, 1117, 1848, 2839, 4049, 5387, 6727, 7926, 8866, 9488, 9820],
  [0, 4, 8, 15, 30, 60, 119, 233, 445, 823, 1441, 2353, 3549, 4941, 6380, 7693, 8733, 9426, 9798],
  [0, 3, 5, 10, 20, 40, 79, 156, 304, 580, 1066, 1848, 2969, 4377, 5913, 7366, 8542, 9337, 9766],
  [0, 2, 3, 7, 13, 26, 52, 104, 204, 398, 755, 1376, 2353, 3704, 5304, 6912, 8266, 9202, 9716],
  [0, 1, 2, 4, 9, 17, 34, 69, 136, 268, 519, 980, 1766, 2969, 4553, 6294, 7862, 8998, 9639],
  [0, 1, 1, 3, 6, 11, 23, 45, 90, 178, 350, 676, 1266, 2252, 3703, 5496, 7284, 8681, 9512],
  [0, 0, 1, 2, 4, 7, 15, 30, 59, 118, 233, 457, 878, 1629, 2847, 4552, 6492, 8194, 9301],
  [0, 0, 1, 1, 2, 5, 10, 20, 39, 78, 154, 305, 596, 1137, 2082, 3560, 5496, 7473, 8943],
  [0, 0, 0, 1, 2, 3, 6, 13, 26, 51, 102, 202, 399, 775, 1466, 2640, 4389, 6491, 8357],
  [0, 0, 0, 1, 1, 2, 4, 8, 17, 34, 67, 134, 265, 520, 1005, 1879, 3314, 5317, 7472],
  [0, 0, 0, 0, 1, 1, 3, 6, 11, 22, 44, 88, 175, 346, 678, 1298, 2391, 4106, 6308],
  [0, 0, 0, 0, 0, 1, 2, 4, 7, 15, 29, 58, 115, 229, 452, 880, 1669, 3015, 5005],
];
const SCALE = 10_000;
/** First time after zero, in hours: 2^-8 up (14 s), 2^-10 of a run (4 s). */
const FIRST_UP = 1 / 256;
const FIRST_RUN = 1 / 1_024;

/** Probability in [0, 1] that a machine that is up for `upUs` goes within the next `runUs`. */
export function failureWithin(upUs: number, runUs: number): number {
  const up = placeOf(upUs / HOUR, FIRST_UP, FAILURES.length - 1);
  const run = placeOf(runUs / HOUR, FIRST_RUN, (FAILURES[0]?.length ?? 0) - 1);
  const row = Math.floor(up);
  const below = between(FAILURES[row] as ReadonlyArray<number>, run);
  if (row === up) return below / SCALE;
  const above = between(FAILURES[row + 1] as ReadonlyArray<number>, run);
  return (below + (above - below) * (up - row)) / SCALE;
}

/**
 * Place of a time in the columns 0, first, 2 first, 4 first, and so on. Between columns the values
 * go with the logarithm of time, and log2(1 + f) is f (4 - f) / 3 to .002.
 */
function placeOf(hours: number, first: number, last: number): number {
  if (hours <= first) return Math.max(0, hours / first);
  let place = 1;
  let at = first;
  while (place < last && hours >= 2 * at) {
    place++;
    at *= 2;
  }
  const fraction = Math.min(1, (hours - at) / at);
  return Math.min(last, place + (fraction * (4 - fraction)) / 3);
}

function between(row: ReadonlyArray<number>, place: number): number {
  const left = Math.floor(place);
  const below = row[left] as number;
  return left === place ? below : below + ((row[left + 1] as number) - below) * (place - left);
}
