/**
 * What an operator's rule is given and gives: from types and shapes of a node's inputs, those
 * of its outputs and how much work the node is. Rules are in the files `*-operators.ts`.
 */
import type { ModelNode } from "./model-file.ts";
import { ModelRefused } from "./model-refused.ts";

/** A value while the model is walked through. */
export interface Known {
  /** Number of the type in ONNX files. */
  readonly type: number;
  readonly shape: ReadonlyArray<number>;
  /** Of small whole-number tensors that are known before the run: shapes and axes. */
  readonly values?: ReadonlyArray<number> | undefined;
}

export interface Outcome {
  readonly outputs: ReadonlyArray<Known>;
  /** Arithmetic operations; a multiplication with its addition counts as two. */
  readonly operations: number;
  /** Memory that the node needs besides inputs and outputs, bytes. */
  readonly scratchBytes?: number;
}

export type Rule = (call: Call) => Outcome;

export const TYPE = { float: 1, uint8: 2, int8: 3, int32: 6, int64: 7, bool: 9 } as const;

/** Values are followed through at most so many numbers. */
export const MOST_FOLLOWED = 1_024;

export class Call {
  readonly node: ModelNode;
  readonly opset: number;
  private readonly given: ReadonlyArray<Known | undefined>;

  constructor(node: ModelNode, given: ReadonlyArray<Known | undefined>, opset: number) {
    this.node = node;
    this.given = given;
    this.opset = opset;
  }

  get count(): number {
    return this.given.length;
  }

  /** All inputs that are there. */
  get all(): ReadonlyArray<Known> {
    return this.given.filter((each) => each !== undefined);
  }

  input(index: number): Known {
    return this.given[index] ?? this.refuse(`has no input ${index}`);
  }

  maybe(index: number): Known | undefined {
    return this.given[index];
  }

  /** Numbers of an input that the rule needs before the run. */
  values(index: number, what: string): ReadonlyArray<number> {
    return this.input(index).values ?? this.refuse(`needs ${what} that are known before the run`);
  }

  int(name: string, fallback: number): number {
    return this.node.attributes.ints.get(name)?.[0] ?? fallback;
  }

  ints(name: string): ReadonlyArray<number> | undefined {
    return this.node.attributes.ints.get(name);
  }

  text(name: string, fallback: string): string {
    return this.node.attributes.strings.get(name) ?? fallback;
  }

  /** An axis counted from the front. */
  axis(axis: number, rank: number): number {
    const found = axis < 0 ? axis + rank : axis;
    return Number.isInteger(found) && found >= 0 && found < rank
      ? found
      : this.refuse(`has axis ${axis}, but only ${rank} axes`);
  }

  demand(holds: boolean, what: string): void {
    if (!holds) this.refuse(what);
  }

  refuse(what: string): never {
    throw new ModelRefused(`${this.node.name} ${what}`);
  }
}

export function countOf(shape: ReadonlyArray<number>): number {
  return shape.reduce((product, dim) => product * dim, 1);
}

/** One output at so many operations a number. */
export function output({ type, shape, values }: Known, operationsEach: number): Outcome {
  const followed = values !== undefined && values.length <= MOST_FOLLOWED ? values : undefined;
  return {
    outputs: [{ type, shape, values: followed }],
    operations: operationsEach * countOf(shape),
  };
}
