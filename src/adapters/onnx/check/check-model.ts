/**
 * Checks a model before it runs: only operators whose shapes and work are known beforehand, weights
 * inside the file and finite, sizes within limits. What it counts on the way is what the network
 * meters and pays: operations from shapes, never what a requester or a host says.
 *
 * A model that passes may still take long or much memory, so limits are enforced as it runs too.
 */
import { bytesPerElement, dtypeOfCode } from "../tensor.ts";
import { knownOf, layoutOperators } from "./layout-operators.ts";
import {
  type ModelFile,
  type ModelNode,
  type ModelTensor,
  type ModelValue,
  readModel,
} from "./model-file.ts";
import { ModelRefused, shownName } from "./model-refused.ts";
import { numberOperators } from "./number-operators.ts";
import { productOperators } from "./product-operators.ts";
import { Call, countOf, type Known, type Rule } from "./rule.ts";

export interface CheckLimits {
  /** Of the file. */
  readonly modelBytes: number;
  readonly nodes: number;
  /** Of one tensor. */
  readonly tensorBytes: number;
  readonly memoryMib: number;
  /** Of one run. */
  readonly operations: number;
}

export const checkLimits: CheckLimits = {
  modelBytes: 256 * 2 ** 20,
  nodes: 20_000,
  tensorBytes: 1_024 * 2 ** 20,
  memoryMib: 4_096,
  operations: 1e15,
};

export interface CheckedValue {
  readonly name: string;
  readonly type: number;
  readonly shape: ReadonlyArray<number>;
  /** Names of open dimensions, by axis. */
  readonly open: ReadonlyArray<string | undefined>;
}

export interface CheckedModel {
  readonly inputs: ReadonlyArray<CheckedValue>;
  readonly outputs: ReadonlyArray<CheckedValue>;
  /** Arithmetic operations of one run. */
  readonly operations: number;
  /** Estimate of the most memory that a process with one run needs, MiB. */
  readonly memoryMib: number;
}

/** What a node costs besides its arithmetic: the runtime's own work for one call. */
const OPERATIONS_A_NODE = 10_000;
/** A process with the runtime in it, MiB. */
const PROCESS_MIB = 160;
/** The file and the session's copy of its weights. */
const COPIES = 3;

const rules: ReadonlyMap<string, Rule> = new Map([
  ...numberOperators,
  ...productOperators,
  ...layoutOperators,
]);
const endless = new Set(["If", "Loop", "Scan", "SequenceMap"]);
const random = new Set([
  "Bernoulli",
  "Multinomial",
  "RandomNormal",
  "RandomNormalLike",
  "RandomUniform",
  "RandomUniformLike",
]);

/** `dims` says how long open dimensions are. Throws {@link ModelRefused}. */
export function checkModel(
  bytes: Uint8Array,
  dims: Readonly<Record<string, number>>,
  limits: CheckLimits = checkLimits,
): CheckedModel {
  if (bytes.length > limits.modelBytes) {
    throw new ModelRefused(
      `the model has ${bytes.length} bytes, at most ${limits.modelBytes} run here`,
    );
  }
  const model = readModel(bytes, limits.nodes);
  return new Walk(model, dims, limits).checked(bytes.length);
}

/**
 * The inputs that somebody has to give, with the names of open dimensions, before it is known how
 * long those are. Throws {@link ModelRefused}.
 */
export function inputsOf(
  bytes: Uint8Array,
  limits: CheckLimits = checkLimits,
): ReadonlyArray<ModelValue> {
  const { inputs, weights } = readModel(bytes, limits.nodes);
  const held = new Set(weights.map(({ name }) => name));
  return inputs.filter(({ name }) => !held.has(name));
}

/** One pass over the nodes, which are in the order of their dependence. */
class Walk {
  private readonly model: ModelFile;
  private readonly dims: Readonly<Record<string, number>>;
  private readonly limits: CheckLimits;
  private readonly known = new Map<string, Known>();
  private operations = 0;

  constructor(model: ModelFile, dims: Readonly<Record<string, number>>, limits: CheckLimits) {
    this.model = model;
    this.dims = dims;
    this.limits = limits;
  }

  checked(fileBytes: number): CheckedModel {
    const { model, limits } = this;
    for (const of of model.weights) this.keep(of.name, this.weight(of), `weights`);
    // files of old list their weights among the inputs too
    const inputs = model.inputs.filter(({ name }) => !this.known.has(name));
    for (const of of inputs) this.keep(of.name, this.declared(of), "input");
    const peak = this.walk();
    const memoryMib = Math.ceil(PROCESS_MIB + (COPIES * fileBytes + peak) / 2 ** 20);
    if (memoryMib > limits.memoryMib) {
      throw new ModelRefused(
        `the model needs about ${memoryMib} MiB, at most ${limits.memoryMib} MiB are given`,
      );
    }
    if (model.outputs.length === 0) throw new ModelRefused("the model has no output");
    return {
      inputs: inputs.map((of) => this.described(of)),
      outputs: model.outputs.map((of) => this.described(of)),
      operations: this.operations,
      memoryMib,
    };
  }

  private keep(name: string, known: Known, what: string): void {
    if (this.known.has(name)) {
      throw new ModelRefused(`${what} ${shownName(name)} has a name that is there already`);
    }
    const bytes = countOf(known.shape) * bytesOf(known.type, `${what} ${shownName(name)}`);
    if (!(bytes <= this.limits.tensorBytes)) {
      throw new ModelRefused(
        `${what} ${shownName(name)} would take ${bytes} bytes, at most ` +
          `${this.limits.tensorBytes} for one tensor`,
      );
    }
    this.known.set(name, known);
  }

  private weight(of: ModelTensor): Known {
    const where = `tensor ${shownName(of.name)}`;
    const count = countOf(of.shape);
    if (!of.shape.every((dim) => Number.isSafeInteger(dim) && dim >= 0)) {
      throw new ModelRefused(`${where} has a negative dimension`);
    }
    const wanted = of.raw === undefined ? count : count * bytesOf(of.type, where);
    const there = of.raw?.length ?? of.numbers.length;
    if (there !== wanted) {
      throw new ModelRefused(
        `${where} is declared as [${of.shape.join(", ")}] but holds ${there} ` +
          `${of.raw === undefined ? "numbers" : "bytes"}, not ${wanted}`,
      );
    }
    if (hasNaN(of)) throw new ModelRefused(`${where} holds NaN, which is no number`);
    return knownOf(of);
  }

  private declared({ name, type, shape }: ModelValue): Known {
    const where = `input ${shownName(name)}`;
    if (dtypeOfCode(type) === undefined) {
      throw new ModelRefused(`${where} has a type that cannot be given here (number ${type})`);
    }
    const lengths = shape.map((dim) => (typeof dim === "number" ? dim : this.lengthOf(dim, where)));
    if (!lengths.every((dim) => Number.isSafeInteger(dim) && dim >= 1)) {
      throw new ModelRefused(`${where} has a dimension below 1`);
    }
    return { type, shape: lengths };
  }

  private lengthOf(dim: string, where: string): number {
    const length = Object.hasOwn(this.dims, dim) ? this.dims[dim] : undefined;
    if (length !== undefined) return length;
    throw new ModelRefused(
      `${where} leaves the dimension ${shownName(dim)} open; say how long it is`,
    );
  }

  /** Bytes that weights aside are needed at once. */
  private walk(): number {
    const last = this.lastUses();
    const held = new Map<string, number>();
    let now = 0;
    let peak = 0;
    for (const [index, node] of this.model.nodes.entries()) {
      const { outputs, operations, scratchBytes = 0 } = this.step(node);
      for (const [i, name] of node.outputs.entries()) {
        const output = outputs[i];
        if (name === "" || output === undefined) continue;
        const bytes = countOf(output.shape) * bytesOf(output.type, node.name);
        held.set(name, bytes);
        now += bytes;
      }
      peak = Math.max(peak, now + scratchBytes);
      this.operations += operations + OPERATIONS_A_NODE;
      if (!(this.operations <= this.limits.operations)) {
        throw new ModelRefused(
          `the model needs more than ${this.limits.operations} operations (by ${node.name})`,
        );
      }
      for (const name of last.get(index) ?? []) now -= held.get(name) ?? 0;
    }
    return peak;
  }

  private step(node: ModelNode) {
    const rule = rules.get(node.op) ?? refuseOperator(node);
    const given = node.inputs.map((name) => {
      if (name === "") return undefined;
      const known = this.known.get(name);
      if (known === undefined) {
        throw new ModelRefused(`${node.name} takes ${shownName(name)}, which nothing before gives`);
      }
      return known;
    });
    for (const of of node.attributes.tensors.values()) this.weight(of);
    const outcome = rule(new Call(node, given, this.model.opset));
    for (const [i, name] of node.outputs.entries()) {
      if (name === "") continue;
      const output = outcome.outputs[i];
      if (output === undefined) throw new ModelRefused(`${node.name} has no output ${i}`);
      if (!output.shape.every((dim) => Number.isSafeInteger(dim) && dim >= 0)) {
        throw new ModelRefused(`${node.name} makes a shape [${output.shape.join(", ")}]`);
      }
      this.keep(name, output, `${node.name}: output`);
    }
    return outcome;
  }

  /** After which node each value is not needed any more. */
  private lastUses(): ReadonlyMap<number, ReadonlyArray<string>> {
    const outputs = new Set(this.model.outputs.map(({ name }) => name));
    const lastOf = new Map<string, number>();
    for (const [index, node] of this.model.nodes.entries()) {
      for (const name of [...node.inputs, ...node.outputs]) lastOf.set(name, index);
    }
    const at = new Map<number, string[]>();
    for (const [name, index] of lastOf) {
      if (outputs.has(name)) continue;
      const names = at.get(index);
      if (names === undefined) at.set(index, [name]);
      else names.push(name);
    }
    return at;
  }

  private described({ name, shape }: ModelValue): CheckedValue {
    const known = this.known.get(name);
    if (known === undefined) throw new ModelRefused(`nothing gives the output ${shownName(name)}`);
    const open = known.shape.map((_, axis) => {
      const dim = shape[axis];
      return typeof dim === "string" ? dim : undefined;
    });
    return { name, type: known.type, shape: known.shape, open };
  }
}

function refuseOperator(node: ModelNode): never {
  if (endless.has(node.op)) {
    throw new ModelRefused(`${node.name} holds a graph of its own, which could run without end`);
  }
  if (random.has(node.op)) {
    throw new ModelRefused(
      `${node.name} draws at random; results must be the same on every machine, so give what is ` +
        "drawn as an input",
    );
  }
  throw new ModelRefused(`${node.name} is an operator that does not run here`);
}

/** Bytes of a number by ONNX's type numbers; strings and complex numbers do not run here. */
const bytesByType = new Map([
  [1, 4],
  [2, 1],
  [3, 1],
  [4, 2],
  [5, 2],
  [6, 4],
  [7, 8],
  [9, 1],
  [10, 2],
  [11, 8],
  [12, 4],
  [13, 8],
  [16, 2],
] as const);

function bytesOf(type: number, where: string): number {
  const dtype = dtypeOfCode(type);
  const bytes =
    dtype === undefined
      ? (bytesByType as ReadonlyMap<number, number>).get(type)
      : bytesPerElement(dtype);
  if (bytes === undefined) {
    throw new ModelRefused(`${where} is of a type that does not run here (number ${type})`);
  }
  return bytes;
}

/** True when one of the numbers is none (NaN); infinite ones are used as masks. */
function hasNaN({ type, raw, numbers }: ModelTensor): boolean {
  if (raw === undefined) return numbers.some(Number.isNaN);
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  const some = (bytes: number, is: (at: number) => boolean) => {
    for (let at = 0; at < raw.length; at += bytes) if (is(at)) return true;
    return false;
  };
  switch (type) {
    case 1:
      return some(4, (at) => Number.isNaN(view.getFloat32(at, true)));
    case 10:
      return some(2, (at) => (view.getUint16(at, true) & 0x7fff) > 0x7c00);
    case 11:
      return some(8, (at) => Number.isNaN(view.getFloat64(at, true)));
    case 16:
      return some(2, (at) => (view.getUint16(at, true) & 0x7fff) > 0x7f80);
    default:
      return false;
  }
}
