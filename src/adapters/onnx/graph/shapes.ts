/** Arithmetic of shapes: what operations make of those of their inputs. */
import type { Shape } from "../tensor.ts";

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((dim, axis) => dim === b[axis]);
}

/** The shape that both stretch to (ONNX: multidirectional broadcasting); undefined: none. */
export function broadcast(a: Shape, b: Shape): Shape | undefined {
  const rank = Math.max(a.length, b.length);
  const shape: number[] = [];
  for (let axis = 0; axis < rank; axis++) {
    const x = a[axis - rank + a.length] ?? 1;
    const y = b[axis - rank + b.length] ?? 1;
    if (x !== y && x !== 1 && y !== 1) return undefined;
    shape.push(x === 1 ? y : x);
  }
  return shape;
}

/** An axis counted from the front; negative ones are counted from the end. */
export function axisOf(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}

/** Axes along which `from` was stretched to `to`, as axes of `to`. */
export function stretchedAxes(from: Shape, to: Shape): ReadonlyArray<number> {
  const added = to.length - from.length;
  return to.flatMap((dim, axis) =>
    axis < added || (from[axis - added] === 1 && dim !== 1) ? [axis] : [],
  );
}
