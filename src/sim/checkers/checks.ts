/** The names of the built-in checks, in the order in which reports show them. */
export const builtInChecks = [
  "credit-conserved",
  "paid-once",
  "no-free-service",
  "lease-exclusive",
  "within-slots",
  "taken-once",
  "no-wrong-pay",
  "unhandled",
  "settles-or-fails",
  "faults-fired",
  "adversaries-acted",
] as const;
