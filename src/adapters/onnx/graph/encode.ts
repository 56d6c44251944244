/**
 * A graph as an ONNX file (onnx/onnx.proto, IR version 8, operator set 17), for onnxruntime or any
 * other runtime. Only what the outputs need is written.
 */
import { bytesOfTensor, codeOf, type DType, type Shape, type Tensor } from "../tensor.ts";
import type { Attribute, Graph, GraphNode, Value } from "./graph.ts";
import { WireWriter } from "./wire-writer.ts";

const IR_VERSION = 8;
const OPSET = 17;

/** Field numbers of the messages. */
const MODEL = { irVersion: 1, producer: 2, graph: 7, opset: 8 } as const;
const GRAPH = { node: 1, name: 2, initializer: 5, input: 11, output: 12 } as const;
const NODE = { input: 1, output: 2, name: 3, op: 4, attribute: 5 } as const;
const TENSOR = { dims: 1, type: 2, name: 8, raw: 9 } as const;
const ATTRIBUTE = { name: 1, f: 2, i: 3, s: 4, floats: 7, ints: 8, type: 20 } as const;
const ATTRIBUTE_TYPE = { float: 1, int: 2, string: 3, ints: 7 } as const;

export interface EncodeOptions {
  /** Inputs and outputs whose first dimension is written as the open dimension "batch". */
  readonly batched?: ReadonlyArray<string>;
}

export function encodeModel(graph: Graph, { batched = [] }: EncodeOptions = {}): Uint8Array {
  const { nodes, constants } = needed(graph);
  const out = new WireWriter();
  out.int(MODEL.irVersion, IR_VERSION).string(MODEL.producer, "pingo");
  out.message(MODEL.graph, (inner) => {
    for (const [index, node] of nodes.entries()) {
      inner.message(GRAPH.node, (each) => writeNode(each, node, index));
    }
    // an output has a name of its own, so that callers need not know those of values
    for (const [index, { name, value }] of graph.outputs.entries()) {
      inner.message(GRAPH.node, (each) => writeIdentity(each, { name, value, index }));
    }
    inner.string(GRAPH.name, graph.name);
    for (const [name, of] of constants) {
      inner.message(GRAPH.initializer, (each) => writeTensor(each, name, of));
    }
    for (const value of graph.inputs) {
      inner.message(GRAPH.input, (each) => writeInfo(each, value.name, value, batched));
    }
    for (const { name, value } of graph.outputs) {
      inner.message(GRAPH.output, (each) => writeInfo(each, name, value, batched));
    }
  });
  out.message(MODEL.opset, (each) => each.string(1, "").int(2, OPSET));
  return out.done();
}

/** The nodes and constants from which the outputs follow, in the order of construction. */
function needed(graph: Graph) {
  const wanted = new Set(graph.outputs.map(({ value }) => value.name));
  const nodes: GraphNode[] = [];
  for (const node of graph.nodes.toReversed()) {
    if (!wanted.has(node.output.name)) continue;
    for (const input of node.inputs) wanted.add(input.name);
    nodes.push(node);
  }
  const constants = [...graph.constants].filter(([name]) => wanted.has(name));
  return { nodes: nodes.toReversed(), constants };
}

function writeNode(out: WireWriter, { op, inputs, output, attributes }: GraphNode, index: number) {
  for (const input of inputs) out.string(NODE.input, input.name);
  out.string(NODE.output, output.name);
  out.string(NODE.name, `${op}.${index}`);
  out.string(NODE.op, op);
  for (const [name, value] of Object.entries(attributes)) {
    out.message(NODE.attribute, (each) => writeAttribute(each, name, value));
  }
}

function writeIdentity(
  out: WireWriter,
  of: { readonly name: string; readonly value: Value; readonly index: number },
): void {
  out.string(NODE.input, of.value.name).string(NODE.output, of.name);
  out.string(NODE.name, `output.${of.index}`).string(NODE.op, "Identity");
}

function writeAttribute(out: WireWriter, name: string, value: Attribute): void {
  out.string(ATTRIBUTE.name, name);
  if (typeof value === "number") {
    out.int(ATTRIBUTE.i, value).int(ATTRIBUTE.type, ATTRIBUTE_TYPE.int);
  } else if (typeof value === "string") {
    out.string(ATTRIBUTE.s, value).int(ATTRIBUTE.type, ATTRIBUTE_TYPE.string);
  } else if ("float" in value) {
    out.float(ATTRIBUTE.f, value.float).int(ATTRIBUTE.type, ATTRIBUTE_TYPE.float);
  } else {
    for (const each of value) out.int(ATTRIBUTE.ints, each);
    out.int(ATTRIBUTE.type, ATTRIBUTE_TYPE.ints);
  }
}

function writeTensor(out: WireWriter, name: string, of: Tensor): void {
  for (const dim of of.shape) out.int(TENSOR.dims, dim);
  out.int(TENSOR.type, codeOf(of.dtype)).string(TENSOR.name, name);
  out.bytes(TENSOR.raw, bytesOfTensor(of));
}

/** ValueInfoProto: a name with a tensor's type and shape. */
function writeInfo(
  out: WireWriter,
  name: string,
  { dtype, shape }: { readonly dtype: DType; readonly shape: Shape },
  batched: ReadonlyArray<string>,
): void {
  out.string(1, name);
  out.message(2, (type) => {
    type.message(1, (of) => {
      of.int(1, codeOf(dtype));
      of.message(2, (dims) => {
        for (const [axis, dim] of shape.entries()) {
          const open = axis === 0 && batched.includes(name);
          dims.message(1, (each) => (open ? each.string(2, "batch") : each.int(1, dim)));
        }
      });
    });
  });
}
