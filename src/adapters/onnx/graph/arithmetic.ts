/** Operations number by number, products of matrices, and their gradients. */
import { type Shape, sizeOf } from "../tensor.ts";
import { demand, type GradientRule, type Value } from "./graph.ts";
import { cast, noGradient, reshape, stopGradient, sumTo, transposeLast } from "./layout.ts";
import { broadcast } from "./shapes.ts";

function binary(op: string, a: Value, b: Value, gradient: GradientRule): Value {
  const shape = broadcast(a.shape, b.shape);
  demand(shape !== undefined, `${op} needs shapes that stretch to each other`, a, b);
  return a.graph.add(op, {
    inputs: [a, b],
    shape: shape as Shape,
    gradient: (g) => {
      const [ga, gb] = gradient(g);
      return [ga && sumTo(ga, a.shape), gb && sumTo(gb, b.shape)];
    },
  });
}

export function add(a: Value, b: Value): Value {
  return binary("Add", a, b, (g) => [g, g]);
}

export function sub(a: Value, b: Value): Value {
  return binary("Sub", a, b, (g) => [g, neg(g)]);
}

export function mul(a: Value, b: Value): Value {
  return binary("Mul", a, b, (g) => [mul(g, b), mul(g, a)]);
}

export function div(a: Value, b: Value): Value {
  return binary("Div", a, b, (g) => {
    const part = div(g, b);
    return [part, neg(mul(part, div(a, b)))];
  });
}

export function scale(x: Value, factor: number): Value {
  return mul(x, x.graph.scalar(factor));
}

export function plus(x: Value, term: number): Value {
  return add(x, x.graph.scalar(term));
}

function unary(op: string, x: Value, gradient: (g: Value, y: Value) => Value): Value {
  const y: Value = x.graph.add(op, {
    inputs: [x],
    shape: x.shape,
    gradient: (g) => [gradient(g, y)],
  });
  return y;
}

export function neg(x: Value): Value {
  return unary("Neg", x, (g) => neg(g));
}

export function exp(x: Value): Value {
  return unary("Exp", x, (g, y) => mul(g, y));
}

export function log(x: Value): Value {
  return unary("Log", x, (g) => div(g, x));
}

export function sqrt(x: Value): Value {
  return unary("Sqrt", x, (g, y) => scale(div(g, y), 0.5));
}

export function tanh(x: Value): Value {
  return unary("Tanh", x, (g, y) => mul(g, sub(x.graph.scalar(1), mul(y, y))));
}

export function sigmoid(x: Value): Value {
  return unary("Sigmoid", x, (g, y) => mul(g, mul(y, sub(x.graph.scalar(1), y))));
}

export function erf(x: Value): Value {
  const slope = 2 / Math.sqrt(Math.PI);
  return unary("Erf", x, (g) => mul(g, scale(exp(neg(mul(x, x))), slope)));
}

export function relu(x: Value): Value {
  return unary("Relu", x, (g) => mul(g, cast(greater(x, x.graph.scalar(0)), "float32")));
}

export function silu(x: Value): Value {
  return mul(x, sigmoid(x));
}

/** The exact form, by the error function (Hendrycks and Gimpel, 2016). */
export function gelu(x: Value): Value {
  return scale(mul(x, plus(erf(scale(x, Math.SQRT1_2)), 1)), 0.5);
}

function compare(op: string, a: Value, b: Value): Value {
  const shape = broadcast(a.shape, b.shape);
  demand(shape !== undefined, `${op} needs shapes that stretch to each other`, a, b);
  const inputs = [stopGradient(a), stopGradient(b)];
  return a.graph.add(op, { inputs, shape: shape as Shape, dtype: "bool", gradient: noGradient });
}

function greater(a: Value, b: Value): Value {
  return compare("Greater", a, b);
}

export function equal(a: Value, b: Value): Value {
  return compare("Equal", a, b);
}

/** Product of the last two axes; the axes before stretch to each other. */
export function matMul(a: Value, b: Value): Value {
  const [rows, inner] = a.shape.slice(-2) as [number, number];
  const [inner2, columns] = b.shape.slice(-2) as [number, number];
  const outer = broadcast(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const fits = a.shape.length > 1 && b.shape.length > 1 && inner === inner2 && outer !== undefined;
  demand(fits, "MatMul needs [.., n, k] and [.., k, m]", a, b);
  const stacked = a.shape.length > 2 && b.shape.length === 2;
  return a.graph.add("MatMul", {
    inputs: [a, b],
    shape: [...(outer as Shape), rows, columns],
    gradient: (g) => [
      sumTo(matMul(g, transposeLast(b)), a.shape),
      // one large product instead of a stack of small ones that are summed
      stacked
        ? matMul(transposeLast(flat(a)), flat(g))
        : sumTo(matMul(transposeLast(a), g), b.shape),
    ],
  });
}

/** All axes but the last in one. */
function flat(x: Value): Value {
  const last = x.shape.at(-1) ?? 1;
  return reshape(x, [sizeOf(x.shape) / last, last]);
}
