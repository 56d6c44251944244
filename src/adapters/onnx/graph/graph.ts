/**
 * A computation under construction. Operations are functions of values (files beside this one);
 * each adds a node and knows the rule of its gradient, so that a graph of a loss can be extended by
 * the gradients and by an optimiser's step, and written as one ONNX model.
 *
 * Shapes are whole numbers here. Where the first dimension of a graph without gradients is only a
 * batch, the written model may leave it open: see `encode.ts`.
 */
import { type DType, type Shape, sizeOf, type Tensor, tensor, typeText } from "../tensor.ts";

export interface Value {
  readonly graph: Graph;
  readonly name: string;
  readonly dtype: DType;
  readonly shape: Shape;
}

export type Attribute = number | string | ReadonlyArray<number> | { readonly float: number };

/** Given the gradient of the output, those of the inputs; undefined where none flows. */
export type GradientRule = (output: Value) => ReadonlyArray<Value | undefined>;

export interface GraphNode {
  readonly op: string;
  readonly inputs: ReadonlyArray<Value>;
  readonly output: Value;
  readonly attributes: Readonly<Record<string, Attribute>>;
  readonly gradient: GradientRule | undefined;
}

/** What an operation adds. */
export interface NodeSpec {
  readonly inputs: ReadonlyArray<Value>;
  readonly shape: Shape;
  /** By default that of the first input. */
  readonly dtype?: DType;
  readonly attributes?: Readonly<Record<string, Attribute>>;
  readonly gradient?: GradientRule;
}

export class Graph {
  readonly name: string;
  readonly nodes: GraphNode[] = [];
  readonly inputs: Value[] = [];
  readonly outputs: Array<{ readonly name: string; readonly value: Value }> = [];
  readonly constants = new Map<string, Tensor>();
  private names = 0;

  constructor(name: string) {
    this.name = name;
  }

  input(name: string, dtype: DType, shape: Shape): Value {
    const value: Value = { graph: this, name, dtype, shape };
    this.inputs.push(value);
    return value;
  }

  /** A value that the model holds: weights of a model that only infers. */
  constant(of: Tensor, name = `c${this.names++}`): Value {
    if (sizeOf(of.shape) !== of.data.length) {
      throw new RangeError(
        `${typeText(of.dtype, of.shape)} does not hold ${of.data.length} numbers`,
      );
    }
    this.constants.set(name, of);
    return { graph: this, name, dtype: of.dtype, shape: of.shape };
  }

  scalar(value: number): Value {
    return this.constant(tensor("float32", [], [value]));
  }

  /** One-dimensional whole numbers: shapes and axes, which operations take as inputs. */
  ints(values: ReadonlyArray<number>): Value {
    return this.constant(tensor("int64", [values.length], values));
  }

  output(name: string, value: Value): void {
    this.outputs.push({ name, value });
  }

  add(op: string, spec: NodeSpec): Value {
    const [first] = spec.inputs;
    const dtype = spec.dtype ?? first?.dtype ?? "float32";
    const output: Value = { graph: this, name: `v${this.names++}`, dtype, shape: spec.shape };
    const { inputs, attributes = {}, gradient } = spec;
    this.nodes.push({ op, inputs, output, attributes, gradient });
    return output;
  }
}

/** Stops with a sentence of what was wrong with the shapes: a mistake of the model's author. */
export function demand(holds: boolean, what: string, ...values: ReadonlyArray<Value>): void {
  if (holds) return;
  const shapes = values.map(({ dtype, shape }) => typeText(dtype, shape)).join(" and ");
  throw new RangeError(`${what}, not ${shapes}`);
}
