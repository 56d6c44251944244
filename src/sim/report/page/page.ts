/**
 * What the parts of the page's script share. Everything in this folder but types runs in the
 * browser: the report carries the text of these functions, so they use only their arguments and
 * what is defined inside them.
 */
import type { Document, NewPlot, Window } from "./browser.ts";
import type { PageData } from "./page-data.ts";

interface Surroundings {
  readonly document: Document;
  readonly window: Window;
  readonly Plot: NewPlot;
  readonly numberText: (value: number) => string;
  readonly shortNumber: (value: number) => string;
  readonly data: PageData;
}

export interface Page extends Surroundings {
  /** The present value of a colour of the theme. */
  colour(name: string): string;
  /** Pictures to be drawn again: with new colours, or only with a new width. */
  onColours(draw: () => void): void;
  onWidth(draw: () => void): void;
  /** Pixels across for a picture in an element; paper has its own width. */
  widthOf(element: { readonly clientWidth: number }): number;
}

export function openPage(around: Surroundings): Page {
  const { document, window } = around;
  const root = document.documentElement;
  const forColours: Array<() => void> = [];
  const forWidth: Array<() => void> = [];
  const prefersDark = window.matchMedia("(prefers-color-scheme: dark)");
  let printing = false;
  let width = window.innerWidth;
  const isDark = () => (root.dataset.theme ?? (prefersDark.matches ? "dark" : "light")) === "dark";
  const button = document.getElementById("theme");
  const drawAll = () => {
    if (button !== null) button.textContent = isDark() ? "Light colours" : "Dark colours";
    for (const draw of forColours) draw();
  };
  if (button !== null) {
    button.hidden = false;
    button.textContent = isDark() ? "Light colours" : "Dark colours";
    button.addEventListener("click", () => {
      root.dataset.theme = isDark() ? "light" : "dark";
      drawAll();
    });
  }
  prefersDark.addEventListener("change", drawAll);
  window.addEventListener("resize", () => {
    if (window.innerWidth === width) return;
    width = window.innerWidth;
    window.requestAnimationFrame(() => {
      for (const draw of forWidth) draw();
    });
  });
  let before: string | undefined;
  window.addEventListener("beforeprint", () => {
    before = root.dataset.theme;
    root.dataset.theme = "light";
    printing = true;
    drawAll();
  });
  window.addEventListener("afterprint", () => {
    if (before === undefined) delete root.dataset.theme;
    else root.dataset.theme = before;
    printing = false;
    drawAll();
  });
  return {
    ...around,
    colour: (name) => window.getComputedStyle(root).getPropertyValue(`--${name}`).trim(),
    onColours: (draw) => forColours.push(draw),
    onWidth: (draw) => forWidth.push(draw),
    widthOf: (element) => (printing ? 640 : Math.max(200, element.clientWidth)),
  };
}
