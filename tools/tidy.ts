/**
 * The project's taste that no linter knows: names, line length, markdown titles. Prints one problem
 * a line and exits with 1 when there is any. Limits on functions and TypeScript files are oxlint's.
 */
import { readdirSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";
import { pathToFileURL } from "node:url";

const maxColumns = 100;
const maxLines = 500;
const skipped = new Set([".git", "node_modules", "dist", "out", "coverage", "package-lock.json"]);
const codeExtensions = new Set([".ts", ".js", ".sh", ".tolk", ".yaml", ".yml", ".html", ".css"]);
const textExtensions = new Set([...codeExtensions, ".md", ".json"]);
const lintedExtensions = new Set([".ts", ".js"]);

const kebab = /^\.?[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*)*$/;
const capitalsName = /^[A-Z]+(\.md)?$/;
const vagueName = /^(utils?|commons?|helpers?|misc)(\.|$)|^index\.[a-z]+$/;
const unfinished = new RegExp(`\\b(${["TO", "DO|FIX", "ME"].join("")})\\b`);

/** The problems of one file; `path` is relative to the root and uses slashes. */
export function problemsOf(path: string, text: string): ReadonlyArray<string> {
  const problems = nameProblems(path);
  const extension = extname(path);
  const isScript = extension === "" && text.startsWith("#!");
  if (!textExtensions.has(extension) && !isScript) return problems;
  const lines = text.split("\n");
  const isCode = codeExtensions.has(extension) || isScript;
  lines.forEach((line, i) => {
    if (isCode && line.length > maxColumns && !line.includes("://")) {
      problems.push(`${path}:${i + 1}: ${line.length} columns, at most ${maxColumns}`);
    }
    if (unfinished.test(line)) problems.push(`${path}:${i + 1}: finish it or open an issue`);
  });
  if (isCode && !lintedExtensions.has(extension) && lines.length > maxLines) {
    problems.push(`${path}: ${lines.length} lines, at most ${maxLines}`);
  }
  if (extension === ".md") problems.push(...titleProblems(path, lines));
  return problems;
}

function nameProblems(path: string): string[] {
  const problems: string[] = [];
  for (const part of path.split("/")) {
    if (!kebab.test(part) && !capitalsName.test(part)) {
      problems.push(`${path}: "${part}" is not kebab-case`);
    }
    if (vagueName.test(part)) problems.push(`${path}: "${part}" names no concept`);
  }
  return problems;
}

function titleProblems(path: string, lines: ReadonlyArray<string>): ReadonlyArray<string> {
  let fenced = false;
  let titles = 0;
  for (const line of lines) {
    if (line.startsWith("```")) fenced = !fenced;
    else if (!fenced && line.startsWith("# ")) titles += 1;
  }
  return titles === 1 ? [] : [`${path}: ${titles} lines with "# Title", expected one`];
}

/** Every file under `root`, as paths with slashes. */
function* filesUnder(root: string, folder = ""): Generator<string> {
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    if (skipped.has(entry.name)) continue;
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) yield* filesUnder(root, path);
    else if (entry.isFile()) yield path;
  }
}

function main(root: string): number {
  const problems: string[] = [];
  let files = 0;
  for (const path of filesUnder(root)) {
    files += 1;
    problems.push(...problemsOf(path, readFileSync(join(root, path), "utf8")));
  }
  for (const problem of problems) console.error(problem);
  console.log(`tidy: ${files} files, ${problems.length} problems`);
  return problems.length === 0 ? 0 : 1;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  process.exitCode = main(process.cwd());
}
