/** The plots over virtual time. Runs in the browser: see page.ts. */
import type { Element, Plot } from "./browser.ts";
import type { Page } from "./page.ts";
import type { LinePlot, PageData } from "./page-data.ts";

/** Faults behind the lines, those of one machine along the time axis; a moment is a pixel wide. */
export function shadeFaults(page: Page, plot: Plot): void {
  const { ctx, bbox } = plot;
  const right = bbox.left + bbox.width;
  const fill = (stretches: PageData["shades"], height: number) => {
    for (const [from, to] of stretches) {
      const start = Math.max(bbox.left, plot.valToPos(from, "x", true));
      const end = Math.min(right, Math.max(plot.valToPos(to, "x", true), start + 1));
      if (end > start) ctx.fillRect(start, bbox.top + bbox.height - height, end - start, height);
    }
  };
  ctx.save();
  ctx.fillStyle = page.colour("shade");
  fill(page.data.shades, bbox.height);
  ctx.fillStyle = page.colour("c2");
  ctx.globalAlpha = 0.55;
  fill(page.data.local, 7 * page.window.devicePixelRatio);
  ctx.restore();
}

/** How uPlot draws one picture. */
export function lineOptions(page: Page, plot: LinePlot, width: number): object {
  const { time, lines } = { time: page.data.time, lines: plot.lines };
  const axis = {
    stroke: page.colour("muted"),
    font: "12px system-ui, sans-serif",
    grid: { stroke: page.colour("rule"), width: 1 },
    ticks: { stroke: page.colour("rule"), width: 1, size: 5 },
  };
  const dashes = [[], [], [8, 4], [2, 3], [10, 3, 2, 3], [5, 5], [12, 4], [1, 4]];
  const shown = (_: Plot, value: number | null) =>
    value === null || value === undefined ? "" : page.numberText(value);
  const atTime = (_: Plot, value: number | null) =>
    value === null || value === undefined ? "" : `after ${page.numberText(value)} ${time.unit}`;
  return {
    width,
    height: width < 500 ? 200 : 250,
    cursor: { y: false, sync: { key: "time" }, drag: { x: true, y: false } },
    scales: {
      x: { time: false },
      y: {
        range: (_: Plot, min: number | null, max: number | null) => {
          const low = Math.min(0, min ?? 0);
          const high = Math.max(0, max ?? 0);
          return low === high ? [0, 1] : [low * 1.05, high * 1.05];
        },
      },
    },
    axes: [
      {
        ...axis,
        incrs: time.steps,
        space: 52,
        size: 32,
        values: (_: Plot, marks: ReadonlyArray<number>) =>
          marks.map((v) => `${page.shortNumber(v)} ${time.mark}`),
      },
      {
        ...axis,
        size: 52,
        values: (_: Plot, marks: ReadonlyArray<number>) => marks.map((v) => page.shortNumber(v)),
      },
    ],
    series: [
      { label: "\u00a0", value: atTime },
      ...lines.map((line, i) => ({
        label: line.name,
        stroke: page.colour(`c${i + 1}`),
        width: 1.75,
        dash: dashes[i],
        points: { show: plot.at.length < 40 },
        spanGaps: true,
        value: shown,
      })),
    ],
    hooks: { drawClear: [(drawn: Plot) => shadeFaults(page, drawn)] },
  };
}

export function drawLines(page: Page): void {
  const draw = (element: Element, data: LinePlot) => {
    let drawn: Plot | undefined;
    const again = () => {
      drawn?.destroy();
      const options = lineOptions(page, data, page.widthOf(element));
      drawn = new page.Plot(options, [data.at, ...data.lines.map((line) => line.values)], element);
    };
    page.onColours(again);
    page.onWidth(() => {
      const width = page.widthOf(element);
      drawn?.setSize({ width, height: width < 500 ? 200 : 250 });
    });
    again();
  };
  for (const element of page.document.querySelectorAll("[data-lines]")) {
    const data = page.data.lines[Number(element.dataset.lines)];
    if (data !== undefined && data.at.length > 0) draw(element, data);
    else element.textContent = "No samples.";
  }
}
