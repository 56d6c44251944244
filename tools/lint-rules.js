/** Rules of our own for oxlint, switched on for kernel, actors, policies and sim. */
const isBigInt = (node) => node.type === "Literal" && typeof node.value === "bigint";

/** The last bits of `**` on floats differ between engines; a bigint literal marks exact powers. */
const noFloatPower = {
  create(context) {
    const check = (node) => {
      if (isBigInt(node.left) || isBigInt(node.right)) return;
      context.report({ node, message: "Use the kernel's pow: `**` rounds as the engine likes." });
    };
    return {
      "BinaryExpression[operator='**']": check,
      "AssignmentExpression[operator='**=']": check,
    };
  },
};

/** `Math` under another name, or with a computed property, would hide a banned function. */
const noMathAlias = {
  create(context) {
    return {
      "Identifier[name='Math']"(node) {
        const { parent } = node;
        if (parent.type === "MemberExpression") {
          if (parent.object !== node || !parent.computed) return;
        }
        context.report({ node, message: "Write Math.name, so that banned functions are seen." });
      },
    };
  },
};

/** Any `toLocale…` method asks the machine's locale. */
const noLocale = {
  create(context) {
    return {
      "MemberExpression[property.name=/^(toLocale|localeCompare)/]"(node) {
        context.report({ node, message: "The result depends on the machine's locale." });
      },
    };
  },
};

/** Outside of async functions, where oxc's rule does not look. */
const noAwait = {
  create(context) {
    const report = (node) => context.report({ node, message: "Pure code answers at once." });
    return {
      AwaitExpression: report,
      ForOfStatement(node) {
        if (node.await) report(node);
      },
    };
  },
};

export default {
  meta: { name: "pingo" },
  rules: {
    "no-float-power": noFloatPower,
    "no-math-alias": noMathAlias,
    "no-locale": noLocale,
    "no-await": noAwait,
  },
};
