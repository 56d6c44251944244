/** Reverse-mode differentiation: extends a graph by the gradients of one number in it. */
import { isFloat, sizeOf } from "../tensor.ts";
import { add } from "./arithmetic.ts";
import { demand, type Graph, type GraphNode, type Value } from "./graph.ts";

/**
 * The gradients of `loss` by each of `by`, in their order. Throws where the way from one of them to
 * the loss leads through an operation without a rule, or where there is no way at all.
 */
export function gradientsOf(loss: Value, by: ReadonlyArray<Value>): ReadonlyArray<Value> {
  demand(sizeOf(loss.shape) === 1 && loss.dtype === "float32", "a loss is one number", loss);
  const { graph } = loss;
  const forward = [...graph.nodes];
  const reached = reachedFrom(forward, by);
  const known = new Map<string, Value>([[loss.name, onesLike(graph, loss)]]);
  for (const node of forward.toReversed()) {
    const g = known.get(node.output.name);
    if (g === undefined || !reached.has(node.output.name)) continue;
    if (node.gradient === undefined) throw new Error(`${node.op} has no rule for its gradient`);
    const parts = node.gradient(g);
    for (const [index, input] of node.inputs.entries()) {
      const part = parts[index];
      if (part === undefined || !reached.has(input.name)) continue;
      const sum = known.get(input.name);
      known.set(input.name, sum === undefined ? part : add(sum, part));
    }
  }
  return by.map((value) => {
    const gradient = known.get(value.name);
    if (gradient === undefined) throw new Error(`the loss does not depend on ${value.name}`);
    return gradient;
  });
}

function onesLike(graph: Graph, { shape }: Value): Value {
  return graph.constant({ dtype: "float32", shape, data: new Float32Array(sizeOf(shape)).fill(1) });
}

/** Names of all float values that depend on one of `by`. */
function reachedFrom(nodes: ReadonlyArray<GraphNode>, by: ReadonlyArray<Value>) {
  const reached = new Set(by.map(({ name }) => name));
  for (const { inputs, output } of nodes) {
    if (isFloat(output.dtype) && inputs.some(({ name }) => reached.has(name))) {
      reached.add(output.name);
    }
  }
  return reached;
}
