/**
 * What an ONNX file says, as far as the check needs it (onnx/onnx.proto). The reader knows a closed
 * set of fields: what it does not know could mean something to the runtime, and is refused.
 */
import { ModelRefused, shownName } from "./model-refused.ts";
import { type Field, fieldsOf, packedIntegers } from "./wire-reader.ts";

/** Weights or a constant. */
export interface ModelTensor {
  readonly name: string;
  readonly type: number;
  readonly shape: ReadonlyArray<number>;
  /** Little-endian bytes, or numbers where the file has them one by one. */
  readonly raw: Uint8Array | undefined;
  readonly numbers: ReadonlyArray<number>;
}

export interface ModelAttributes {
  readonly ints: ReadonlyMap<string, ReadonlyArray<number>>;
  readonly floats: ReadonlyMap<string, ReadonlyArray<number>>;
  readonly strings: ReadonlyMap<string, string>;
  readonly tensors: ReadonlyMap<string, ModelTensor>;
}

export interface ModelNode {
  readonly name: string;
  readonly op: string;
  readonly inputs: ReadonlyArray<string>;
  readonly outputs: ReadonlyArray<string>;
  readonly attributes: ModelAttributes;
}

export interface ModelValue {
  readonly name: string;
  readonly type: number;
  /** A text is an open dimension's name. */
  readonly shape: ReadonlyArray<number | string>;
}

export interface ModelFile {
  readonly opset: number;
  readonly nodes: ReadonlyArray<ModelNode>;
  readonly weights: ReadonlyArray<ModelTensor>;
  readonly inputs: ReadonlyArray<ModelValue>;
  readonly outputs: ReadonlyArray<ModelValue>;
}

const OLDEST_OPSET = 7;
const NEWEST_OPSET = 22;
const NAME_BYTES = 512;
/** Numbers of a tensor that may stand one by one; more have to be raw data. */
const MOST_NUMBERS = 1_000_000;
const GRAPH_LISTS = [1, 5, 11, 12, 13, 14, 15, 16];
const ATTRIBUTE_LISTS = [7, 8, 9, 10, 11];
const TENSOR_LISTS = [1, 4, 5, 7, 10, 11, 13, 16];
const ATTRIBUTE_FLOAT = 1;
const ATTRIBUTE_INT = 2;
const decoder = new TextDecoder("utf-8", { fatal: true });

export function readModel(bytes: Uint8Array, mostNodes: number): ModelFile {
  let graph: Uint8Array | undefined;
  let opset: number | undefined;
  for (const field of fieldsOf(bytes, "the model", [8, 14])) {
    switch (field.number) {
      case 7:
        graph = delimited(field, "the graph");
        break;
      case 8:
        opset = opsetOf(delimited(field, "an operator set"), opset);
        break;
      case 20:
        throw new ModelRefused("the model holds training information; export it without");
      case 25:
        throw new ModelRefused(
          "the model defines functions of its own; export it with them inlined",
        );
      default:
        known(field, [1, 2, 3, 4, 5, 6, 14], "the model");
    }
  }
  if (graph === undefined) throw new ModelRefused("the model is not an ONNX file: it has no graph");
  if (opset === undefined) throw new ModelRefused("the model names no operator set");
  return { opset, ...readGraph(graph, mostNodes) };
}

function opsetOf(bytes: Uint8Array, before: number | undefined): number | undefined {
  let domain = "";
  let version = 0;
  for (const field of fieldsOf(bytes, "an operator set")) {
    if (field.number === 1) domain = text(field, "an operator set");
    else if (field.number === 2) version = Number(field.integer);
    else known(field, [], "an operator set");
  }
  const own = domain === "" || domain === "ai.onnx";
  if (own && before !== undefined) throw new ModelRefused("the model names two operator sets");
  // only nodes of ONNX's own operators pass, so a foreign set that is merely named does no harm
  if (!own) return before;
  if (version < OLDEST_OPSET || version > NEWEST_OPSET) {
    throw new ModelRefused(
      `operator set ${version} is not known; export the model with one from ${OLDEST_OPSET} ` +
        `to ${NEWEST_OPSET}`,
    );
  }
  return version;
}

function readGraph(bytes: Uint8Array, mostNodes: number): Omit<ModelFile, "opset"> {
  const nodes: ModelNode[] = [];
  const weights: ModelTensor[] = [];
  const inputs: ModelValue[] = [];
  const outputs: ModelValue[] = [];
  for (const field of fieldsOf(bytes, "the graph", GRAPH_LISTS)) {
    switch (field.number) {
      case 1:
        if (nodes.length >= mostNodes) {
          throw new ModelRefused(`the model has more than ${mostNodes} nodes`);
        }
        nodes.push(readNode(delimited(field, "a node"), nodes.length));
        break;
      case 5:
        weights.push(readTensor(delimited(field, "weights"), "weights"));
        break;
      case 11:
        inputs.push(readValue(delimited(field, "an input"), "an input"));
        break;
      case 12:
        outputs.push(readValue(delimited(field, "an output"), "an output"));
        break;
      case 15:
        throw new ModelRefused("the model has sparse weights; export it with dense ones");
      default:
        // name, notes, inferred shapes (which are not believed), quantisation notes, metadata
        known(field, [2, 10, 13, 14, 16], "the graph");
    }
  }
  return { nodes, weights, inputs, outputs };
}

function readNode(bytes: Uint8Array, index: number): ModelNode {
  const inputs: string[] = [];
  const outputs: string[] = [];
  let name = "";
  let op = "";
  let domain = "";
  const attributes: Uint8Array[] = [];
  const what = `node ${index}`;
  for (const field of fieldsOf(bytes, what, [1, 2, 5, 9])) {
    switch (field.number) {
      case 1:
        inputs.push(text(field, what));
        break;
      case 2:
        outputs.push(text(field, what));
        break;
      case 3:
        name = text(field, what);
        break;
      case 4:
        op = text(field, what);
        break;
      case 5:
        attributes.push(delimited(field, what));
        break;
      case 7:
        domain = text(field, what);
        break;
      default:
        known(field, [6, 9], what);
    }
  }
  const shown = nameOfNode(name, index, op);
  if (domain !== "" && domain !== "ai.onnx") {
    throw new ModelRefused(
      `${shown} is of the operator set ${shownName(domain)}; only ONNX's own operators run here`,
    );
  }
  return { name: shown, op, inputs, outputs, attributes: readAttributes(attributes, shown) };
}

function nameOfNode(name: string, index: number, op: string): string {
  return `node ${name === "" ? index : shownName(name)} (${shownName(op)})`;
}

function readAttributes(all: ReadonlyArray<Uint8Array>, node: string): ModelAttributes {
  const ints = new Map<string, ReadonlyArray<number>>();
  const floats = new Map<string, ReadonlyArray<number>>();
  const strings = new Map<string, string>();
  const tensors = new Map<string, ModelTensor>();
  const names = new Set<string>();
  for (const bytes of all) {
    const name = nameIn(bytes, node);
    const where = `attribute ${shownName(name)} of ${node}`;
    if (names.has(name)) throw new ModelRefused(`${where} is there twice`);
    names.add(name);
    const whole: number[] = [];
    const broken: number[] = [];
    let type = 0;
    for (const field of fieldsOf(bytes, where, ATTRIBUTE_LISTS)) {
      switch (field.number) {
        case 2:
        case 7:
          for (const each of floatsOf(field, where)) broken.push(each);
          break;
        case 3:
        case 8:
          for (const each of integersOf(field, where)) whole.push(each);
          break;
        case 20:
          type = Number(field.integer);
          break;
        case 4:
          strings.set(name, text(field, where));
          break;
        case 5:
          tensors.set(name, readTensor(delimited(field, where), where));
          break;
        case 6:
        case 11:
          throw new ModelRefused(`${node} holds a graph of its own, which could run without end`);
        default:
          known(field, [1, 13], where);
      }
    }
    // some writers leave a zero out
    if (type === ATTRIBUTE_FLOAT && broken.length === 0) broken.push(0);
    if (type === ATTRIBUTE_INT && whole.length === 0) whole.push(0);
    if (whole.length > 0) ints.set(name, whole);
    if (broken.length > 0) floats.set(name, broken);
  }
  return { ints, floats, strings, tensors };
}

function nameIn(bytes: Uint8Array, node: string): string {
  for (const field of fieldsOf(bytes, `an attribute of ${node}`, ATTRIBUTE_LISTS)) {
    if (field.number === 1) return text(field, `an attribute of ${node}`);
  }
  throw new ModelRefused(`an attribute of ${node} has no name`);
}

/** Half-precision types, whose bits would stand in fields of integers. */
const HALF_FLOATS = new Set([10, 16]);

function readTensor(bytes: Uint8Array, what: string): ModelTensor {
  let name = "";
  let type = 0;
  let raw: Uint8Array | undefined;
  const shape: number[] = [];
  const numbers: number[] = [];
  const where = () => (name === "" ? what : `tensor ${shownName(name)}`);
  for (const field of fieldsOf(bytes, what, TENSOR_LISTS)) {
    switch (field.number) {
      case 1:
        for (const dim of integersOf(field, where())) shape.push(dim);
        break;
      case 2:
        type = Number(field.integer);
        break;
      case 4:
        for (const each of floatsOf(field, where())) numbers.push(each);
        break;
      case 5:
      case 7:
      case 11:
        for (const each of integersOf(field, where())) numbers.push(each);
        break;
      case 8:
        name = text(field, what);
        break;
      case 9:
        raw = delimited(field, where());
        break;
      case 10:
        for (const each of doublesOf(field, where())) numbers.push(each);
        break;
      case 13:
        throw external(where());
      case 14:
        if (field.integer !== 0n) throw external(where());
        break;
      default:
        known(field, [12, 16], where());
    }
  }
  if (raw !== undefined && numbers.length > 0) {
    throw new ModelRefused(`${where()} has its data twice`);
  }
  if (numbers.length > MOST_NUMBERS) {
    throw new ModelRefused(`${where()} lists its numbers one by one; store raw data`);
  }
  if (raw === undefined && HALF_FLOATS.has(type) && numbers.length > 0) {
    throw new ModelRefused(`${where()} lists half-precision numbers one by one; store raw data`);
  }
  return { name, type, shape, raw, numbers };
}

function external(where: string): ModelRefused {
  return new ModelRefused(
    `${where} keeps its data outside of the model; save the model with its weights inside`,
  );
}

function readValue(bytes: Uint8Array, what: string): ModelValue {
  let name = "";
  let type: { readonly type: number; readonly shape: ReadonlyArray<number | string> } | undefined;
  for (const field of fieldsOf(bytes, what, [4])) {
    if (field.number === 1) name = text(field, what);
    else if (field.number === 2) type = readType(delimited(field, what), what);
    else known(field, [3, 4], what);
  }
  if (type === undefined) throw new ModelRefused(`${what} ${shownName(name)} has no type`);
  return { name, ...type };
}

function readType(bytes: Uint8Array, what: string) {
  for (const field of fieldsOf(bytes, what)) {
    if (field.number !== 1) {
      known(field, [6], what);
      continue;
    }
    let type = 0;
    let shape: ReadonlyArray<number | string> | undefined;
    for (const inner of fieldsOf(delimited(field, what), what)) {
      if (inner.number === 1) type = Number(inner.integer);
      else if (inner.number === 2) shape = readDims(delimited(inner, what), what);
    }
    if (shape === undefined) {
      throw new ModelRefused(`${what} of the model has no declared shape; export it with one`);
    }
    return { type, shape };
  }
  throw new ModelRefused(`${what} of the model is no tensor; only tensors go in and out`);
}

function readDims(bytes: Uint8Array, what: string): ReadonlyArray<number | string> {
  const dims: Array<number | string> = [];
  for (const field of fieldsOf(bytes, what, [1])) {
    if (field.number !== 1) throw new ModelRefused(`the shape of ${what} cannot be read`);
    let dim: number | string = `unnamed${dims.length}`;
    for (const inner of fieldsOf(delimited(field, what), what)) {
      if (inner.number === 1) dim = Number(inner.integer);
      else if (inner.number === 2) dim = text(inner, what);
    }
    dims.push(dim);
  }
  return dims;
}

function known({ number }: Field, allowed: ReadonlyArray<number>, what: string): void {
  if (allowed.includes(number)) return;
  throw new ModelRefused(`${what} has field ${number}, which this version of PinGo does not know`);
}

function delimited({ wire, bytes }: Field, what: string): Uint8Array {
  if (wire !== 2) throw new ModelRefused(`the model is not an ONNX file: ${what} is no message`);
  return bytes;
}

function text(field: Field, what: string): string {
  const bytes = delimited(field, what);
  if (bytes.length > NAME_BYTES) {
    throw new ModelRefused(`a name in ${what} has ${bytes.length} bytes, at most ${NAME_BYTES}`);
  }
  try {
    return decoder.decode(bytes);
  } catch {
    throw new ModelRefused(`the model is not an ONNX file: a name in ${what} is no text`);
  }
}

function integersOf({ wire, integer, bytes }: Field, what: string): ReadonlyArray<number> {
  return wire === 0 ? [Number(integer)] : packedIntegers(bytes, what).map(Number);
}

function floatsOf({ bytes }: Field, what: string): ReadonlyArray<number> {
  return Array.from(view(bytes, 4, what), (each) => each.getFloat32(0, true));
}

function doublesOf({ bytes }: Field, what: string): ReadonlyArray<number> {
  return Array.from(view(bytes, 8, what), (each) => each.getFloat64(0, true));
}

function* view(bytes: Uint8Array, size: number, what: string): Generator<DataView> {
  if (bytes.length % size !== 0) {
    throw new ModelRefused(`the model is cut off or not an ONNX file: numbers in ${what}`);
  }
  for (let at = 0; at < bytes.length; at += size) {
    yield new DataView(bytes.buffer, bytes.byteOffset + at, size);
  }
}
