/** Small works first: the mean wait is short, and large works pay for it. */
export const rule = {
  name: "smallest-first",
  summary: "The smallest waiting work first.",
  // "credit": the ledger admits who can pay. "open": everybody is admitted, books are kept.
  admission: "credit",
  // A safe integer per work; the lowest goes first, of equals whoever came first.
  rank: (work) => work.mflop,
};
