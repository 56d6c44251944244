/**
 * The little of a browser that the report's page uses. The project is compiled without the types
 * of the DOM, so that no pure file can name `window` by accident.
 */
export interface Element {
  textContent: string;
  hidden: boolean;
  readonly clientWidth: number;
  readonly dataset: Record<string, string | undefined>;
  append(...children: ReadonlyArray<Element | string>): void;
  addEventListener(type: string, listener: (event: PointerAt) => void): void;
  getBoundingClientRect(): { readonly left: number; readonly top: number };
}

export interface PointerAt {
  readonly clientX: number;
  readonly clientY: number;
}

export interface Canvas extends Element {
  width: number;
  height: number;
  readonly style: { width: string; height: string };
  getContext(kind: "2d"): Pen | null;
}

/** A canvas's context. */
export interface Pen {
  fillStyle: string;
  strokeStyle: string;
  lineWidth: number;
  globalAlpha: number;
  font: string;
  textAlign: "left" | "right" | "center";
  textBaseline: "top" | "middle" | "bottom";
  scale(x: number, y: number): void;
  save(): void;
  restore(): void;
  beginPath(): void;
  closePath(): void;
  moveTo(x: number, y: number): void;
  lineTo(x: number, y: number): void;
  arc(x: number, y: number, radius: number, from: number, to: number): void;
  rect(x: number, y: number, width: number, height: number): void;
  fill(): void;
  stroke(): void;
  fillRect(x: number, y: number, width: number, height: number): void;
  fillText(text: string, x: number, y: number): void;
  rotate(angle: number): void;
  translate(x: number, y: number): void;
  setLineDash(segments: ReadonlyArray<number>): void;
}

export interface Document {
  readonly documentElement: Element;
  getElementById(id: string): Element | null;
  querySelectorAll(selector: string): Iterable<Element>;
  createElement(name: "canvas"): Canvas;
}

export interface Window {
  readonly devicePixelRatio: number;
  readonly innerWidth: number;
  addEventListener(type: string, listener: () => void): void;
  requestAnimationFrame(callback: () => void): void;
  getComputedStyle(element: Element): { getPropertyValue(name: string): string };
  matchMedia(query: string): {
    readonly matches: boolean;
    addEventListener(type: "change", listener: () => void): void;
  };
}

/** The part of uPlot that is used. */
export interface Plot {
  readonly ctx: Pen;
  readonly bbox: {
    readonly left: number;
    readonly top: number;
    readonly width: number;
    readonly height: number;
  };
  valToPos(value: number, scale: string, canvasPixels: boolean): number;
  setSize(size: { width: number; height: number }): void;
  destroy(): void;
}

export type NewPlot = new (
  options: object,
  data: ReadonlyArray<ReadonlyArray<number | null>>,
  target: Element,
) => Plot;
