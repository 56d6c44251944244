/** The page's script: the text of the functions of this folder, and the call that starts them. */
import { numberText, shortNumber } from "../number-text.ts";
import { drawLines, lineOptions, shadeFaults } from "./draw-lines.ts";
import { drawScatter, nearestMark, scatterAxes, scatterMark } from "./draw-scatter.ts";
import { openPage } from "./page.ts";

export const DATA_ID = "pingo-data";

const parts = [
  numberText,
  shortNumber,
  openPage,
  shadeFaults,
  lineOptions,
  drawLines,
  scatterAxes,
  scatterMark,
  nearestMark,
  drawScatter,
];

/** Some compilers wrap inner functions in calls of `__name`, which the browser lacks. */
export function pageScript(): string {
  return `(() => {
"use strict";
const __name = (target) => target;
${parts.map((part) => part.toString()).join("\n")}
const data = JSON.parse(document.getElementById("${DATA_ID}").textContent);
const page = openPage({ document, window, Plot: uPlot, numberText, shortNumber, data });
drawLines(page);
drawScatter(page);
})();`;
}
