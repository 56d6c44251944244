/**
 * A network as a function of its parameters, from which all its models follow: one that infers with
 * given weights, one that evaluates and one that takes a training step. All parameters travel as
 * one vector "theta", in the order in which the network asks for them.
 */
import { Stream } from "../../../kernel/entropy.ts";
import { type DType, type Shape, sizeOf } from "../tensor.ts";
import { encodeModel } from "./encode.ts";
import { gradientsOf } from "./gradients.ts";
import { Graph, type Value } from "./graph.ts";
import { concat, reshape, slice } from "./layout.ts";
import { type Optimiser, optimiserStep, stateOf } from "./optimisers.ts";

export interface Parameter {
  readonly name: string;
  readonly shape: Shape;
  /** Standard deviation of its first values, or the value that all have at first. */
  readonly first: { readonly deviation: number } | { readonly value: number };
}

export type Parameters = (of: Parameter) => Value;

export interface InputSpec {
  readonly name: string;
  readonly dtype: DType;
  /** With the batch in front. */
  readonly shape: Shape;
}

export interface Network {
  readonly name: string;
  /** What a prediction is made from. */
  readonly inputs: ReadonlyArray<InputSpec>;
  /** What only a loss needs, such as labels. */
  readonly targets: ReadonlyArray<InputSpec>;
  /** Outputs of a prediction by name. */
  readonly predict: (
    parameters: Parameters,
    inputs: Readonly<Record<string, Value>>,
  ) => Readonly<Record<string, Value>>;
  /** What training lowers, and other numbers that tell how good a prediction is, by name. */
  readonly judge: (
    predicted: Readonly<Record<string, Value>>,
    targets: Readonly<Record<string, Value>>,
  ) => { readonly loss: Value } & Readonly<Record<string, Value>>;
}

function parametersOf(network: Network): ReadonlyArray<Parameter> {
  const graph = new Graph("parameters");
  const asked: Parameter[] = [];
  network.predict(
    (of) => {
      asked.push(of);
      return graph.input(of.name, "float32", of.shape);
    },
    inputsOf(graph, network.inputs),
  );
  return asked;
}

function parameterCount(network: Network): number {
  return parametersOf(network).reduce((sum, { shape }) => sum + sizeOf(shape), 0);
}

/** First parameters, drawn from the seed: the same on every machine. */
export function firstTheta(network: Network, seed: number): Float32Array {
  const parts = parametersOf(network).map(({ name, shape, first }) => {
    const stream = new Stream(seed, `parameter/${name}`);
    return Float32Array.from({ length: sizeOf(shape) }, () =>
      "value" in first ? first.value : first.deviation * nearlyNormal(stream),
    );
  });
  return Float32Array.from(parts.flatMap((part) => Array.from(part)));
}

/** Sum of twelve uniforms: mean 0, deviation 1, the same digits in every engine. */
function nearlyNormal(stream: Stream): number {
  let sum = -6;
  for (let n = 0; n < 12; n++) sum += stream.unit();
  return sum;
}

/** Predicts with the weights `theta`, which the model holds; the batch is open. */
export function inferModel(network: Network, theta: Float32Array): Uint8Array {
  const graph = new Graph(network.name);
  let at = 0;
  const held: Parameters = ({ name, shape }) => {
    const data = theta.slice(at, (at += sizeOf(shape)));
    return graph.constant({ dtype: "float32", shape, data }, name);
  };
  const predicted = network.predict(held, inputsOf(graph, network.inputs));
  for (const [name, value] of Object.entries(predicted)) graph.output(name, value);
  const batched = [...network.inputs.map(({ name }) => name), ...Object.keys(predicted)];
  return encodeModel(graph, { batched });
}

/** Takes theta and a batch with its targets; gives what the network judges by. */
export function evaluateModel(network: Network): Uint8Array {
  const graph = new Graph(`${network.name}.evaluate`);
  const { judged } = judgedBy(graph, network);
  for (const [name, value] of Object.entries(judged)) graph.output(name, value);
  return encodeModel(graph);
}

/**
 * One step: takes theta, the optimiser's state and a batch; gives theta and the state after it and
 * the loss before it. State goes in as "state.x" and comes out as "state.x.next".
 */
export function trainModel(network: Network, optimiser: Optimiser): Uint8Array {
  const graph = new Graph(`${network.name}.train`);
  const { theta, leaves, judged } = judgedBy(graph, network);
  const gradients = gradientsOf(judged.loss, leaves);
  const gradient = concat(
    gradients.map((each) => reshape(each, [sizeOf(each.shape)])),
    0,
  );
  const kept = stateOf(optimiser).map(({ name, of }) => {
    const shape = of === "vector" ? theta.shape : [];
    return [name, graph.input(`state.${name}`, "float32", shape)] as const;
  });
  const stepped = optimiserStep(optimiser, { theta, gradient, state: Object.fromEntries(kept) });
  graph.output("theta.next", stepped.theta);
  for (const [name, value] of Object.entries(stepped.state)) {
    graph.output(`state.${name}.next`, value);
  }
  graph.output("loss", judged.loss);
  return encodeModel(graph);
}

function judgedBy(graph: Graph, network: Network) {
  const theta = graph.input("theta", "float32", [parameterCount(network)]);
  const leaves: Value[] = [];
  let at = 0;
  const cut: Parameters = ({ shape }) => {
    const leaf = reshape(slice(theta, 0, at, (at += sizeOf(shape))), shape);
    leaves.push(leaf);
    return leaf;
  };
  const predicted = network.predict(cut, inputsOf(graph, network.inputs));
  const judged = network.judge(predicted, inputsOf(graph, network.targets));
  return { theta, leaves, judged };
}

function inputsOf(graph: Graph, specs: ReadonlyArray<InputSpec>): Record<string, Value> {
  return Object.fromEntries(
    specs.map(({ name, dtype, shape }) => [name, graph.input(name, dtype, shape)]),
  );
}

/** Weights and bias of a layer for `matMul` and `add`, drawn as He et al. (2015) do. */
export function denseParameters(
  parameters: Parameters,
  name: string,
  [from, to]: readonly [number, number],
): { readonly weight: Value; readonly bias: Value } {
  const deviation = Math.sqrt(2 / from);
  const weight = parameters({ name: `${name}.weight`, shape: [from, to], first: { deviation } });
  const bias = parameters({ name: `${name}.bias`, shape: [to], first: { value: 0 } });
  return { weight, bias };
}
