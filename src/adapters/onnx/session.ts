/**
 * The only door to onnxruntime. A session runs on one thread with one order of sums, so that the
 * same machine gives the same bits each time; `run` blocks the process, which is why tasks run in a
 * child process (child.ts).
 */
import ort from "onnxruntime-node";
import { dtypes, type Tensor, type TensorData } from "./tensor.ts";

export interface Session {
  readonly inputs: ReadonlyArray<string>;
  readonly outputs: ReadonlyArray<string>;
  readonly run: (
    feeds: Readonly<Record<string, Tensor>>,
    wanted?: ReadonlyArray<string>,
  ) => Promise<Readonly<Record<string, Tensor>>>;
  readonly release: () => Promise<void>;
}

export async function openSession(model: Uint8Array): Promise<Session> {
  const session = await ort.InferenceSession.create(model, {
    executionProviders: ["cpu"],
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    executionMode: "sequential",
    graphOptimizationLevel: "all",
    // fatal ones only: the reasons come as exceptions
    logSeverityLevel: 4,
  });
  return {
    inputs: session.inputNames,
    outputs: session.outputNames,
    run: async (feeds, wanted = session.outputNames) => {
      const given = Object.fromEntries(
        Object.entries(feeds).map(([name, each]) => [name, toOrt(each)]),
      );
      const results = await session.run(given, [...wanted]);
      return Object.fromEntries(wanted.map((name) => [name, fromOrt(name, results[name])]));
    },
    release: () => session.release(),
  };
}

function toOrt({ dtype, shape, data }: Tensor): ort.Tensor {
  return new ort.Tensor(dtype, data as Float32Array, shape);
}

function fromOrt(name: string, value: ort.Tensor | undefined): Tensor {
  const dtype = dtypes.find((each) => each === value?.type);
  if (value === undefined || dtype === undefined) {
    throw new Error(
      `output ${name} is ${value?.type ?? "missing"}; give it as one of ${dtypes.join(", ")}`,
    );
  }
  return { dtype, shape: value.dims, data: value.data as TensorData };
}
