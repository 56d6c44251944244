/** Contributors as marks: what each earned against what it was served. Runs in the browser. */
import type { Canvas, Pen } from "./browser.ts";
import type { Page } from "./page.ts";
import type { PointGroup, Scatter } from "./page-data.ts";

/** Where the plot lies on its canvas. */
interface Frame {
  readonly left: number;
  readonly top: number;
  readonly side: number;
  readonly height: number;
}

/** Axes, grid, titles and the dashed line of equal amounts. */
export function scatterAxes(page: Page, pen: Pen, frame: Frame): void {
  const { left, top, side, height } = frame;
  const scatter = page.data.scatter;
  if (scatter === null) return;
  pen.font = "12px system-ui, sans-serif";
  pen.lineWidth = 1;
  let taken = Number.NEGATIVE_INFINITY;
  const apart = Math.max(18 / height, 36 / side);
  for (const { place, text } of scatter.ticks) {
    const x = left + place * side;
    const y = top + height - place * height;
    pen.strokeStyle = page.colour("rule");
    pen.beginPath();
    pen.moveTo(x, top);
    pen.lineTo(x, top + height + 5);
    pen.moveTo(left - 5, y);
    pen.lineTo(left + side, y);
    pen.stroke();
    if (place - taken < apart) continue;
    taken = place;
    pen.fillStyle = page.colour("muted");
    pen.textAlign = "center";
    pen.textBaseline = "top";
    pen.fillText(text, x, top + height + 9);
    pen.textAlign = "right";
    pen.textBaseline = "middle";
    pen.fillText(text, left - 9, y);
  }
  pen.textAlign = "center";
  pen.textBaseline = "top";
  pen.fillText(scatter.xTitle, left + side / 2, top + height + 27);
  pen.save();
  pen.translate(2, top + height / 2);
  pen.rotate(-Math.PI / 2);
  pen.fillText(scatter.yTitle, 0, 0);
  pen.restore();
  pen.save();
  pen.strokeStyle = page.colour("muted");
  pen.setLineDash([6, 4]);
  pen.beginPath();
  pen.moveTo(left, top + height);
  pen.lineTo(left + side, top);
  pen.stroke();
  pen.restore();
}

export function scatterMark(pen: Pen, shape: PointGroup["shape"], x: number, y: number): void {
  pen.beginPath();
  if (shape === "disc") pen.arc(x, y, 3.2, 0, 2 * Math.PI);
  else if (shape === "square") pen.rect(x - 3, y - 3, 6, 6);
  else {
    pen.moveTo(x, y - 4.2);
    pen.lineTo(x + 4, y + 3.2);
    pen.lineTo(x - 4, y + 3.2);
    pen.closePath();
  }
  pen.fill();
}

/** The mark nearest to a place on the canvas, at most twelve pixels away. */
export function nearestMark(scatter: Scatter, frame: Frame, x: number, y: number): string {
  let found = "";
  let least = 12 * 12;
  for (const group of scatter.groups) {
    group.texts.forEach((text, i) => {
      const dx = frame.left + (group.x[i] ?? 0) * frame.side - x;
      const dy = frame.top + (1 - (group.y[i] ?? 0)) * frame.height - y;
      const far = dx * dx + dy * dy;
      if (far >= least) return;
      least = far;
      found = text;
    });
  }
  return found;
}

export function drawScatter(page: Page): void {
  const { document, data, window } = page;
  const place = document.getElementById("scatter");
  const scatter = data.scatter;
  if (place === null || scatter === null) return;
  const canvas: Canvas = document.createElement("canvas");
  place.append(canvas);
  let frame = { left: 56, top: 10, side: 100, height: 100 };
  const draw = () => {
    const side = Math.min(page.widthOf(place), 700) - 70;
    frame = { left: 56, top: 10, side, height: Math.min(side, 440) };
    const size = { width: side + 70, height: frame.height + 58 };
    const ratio = window.devicePixelRatio;
    canvas.width = Math.round(size.width * ratio);
    canvas.height = Math.round(size.height * ratio);
    canvas.style.width = `${size.width}px`;
    canvas.style.height = `${size.height}px`;
    const pen = canvas.getContext("2d");
    if (pen === null) return;
    pen.scale(ratio, ratio);
    scatterAxes(page, pen, frame);
    pen.globalAlpha = 0.7;
    for (const group of scatter.groups) {
      pen.fillStyle = page.colour(`c${group.colour}`);
      group.x.forEach((x, i) => {
        const up = (1 - (group.y[i] ?? 0)) * frame.height;
        scatterMark(pen, group.shape, frame.left + x * frame.side, frame.top + up);
      });
    }
  };
  const hint = document.getElementById("scatter-hint");
  const idle = hint?.textContent ?? "";
  const point = (x: number, y: number) => {
    const corner = canvas.getBoundingClientRect();
    const text = nearestMark(scatter, frame, x - corner.left, y - corner.top);
    if (hint !== null) hint.textContent = text === "" ? idle : text;
  };
  canvas.addEventListener("pointermove", (at) => point(at.clientX, at.clientY));
  canvas.addEventListener("pointerdown", (at) => point(at.clientX, at.clientY));
  page.onColours(draw);
  page.onWidth(draw);
  draw();
}
