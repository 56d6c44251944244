/** The interface for readers: the OpenAPI document for tools and one plain page for people. */
import { OpenApi } from "@effect/platform";
import { api } from "./api.ts";

let document: string | undefined;
let page: string | undefined;

export function openApiText(): string {
  document ??= JSON.stringify(OpenApi.fromApi(api));
  return document;
}

export function pageText(): string {
  page ??= pageOf(OpenApi.fromApi(api));
  return page;
}

const methods = ["get", "post", "put", "delete"] as const;

function pageOf(spec: OpenApi.OpenAPISpec): string {
  const rows = Object.entries(spec.paths).flatMap(([path, item]) =>
    methods.flatMap((method) => {
      const operation = item?.[method];
      if (operation === undefined) return [];
      const open = operation.security === undefined || operation.security.length === 0;
      return [
        `<tr><td><code>${method.toUpperCase()}</code></td><td><code>${escaped(path)}</code></td>` +
          `<td>${escaped(operation.description ?? "")}${open ? " <i>No token.</i>" : ""}</td></tr>`,
      ];
    }),
  );
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>PinGo gateway</title>
<meta name="viewport" content="width=device-width">
<style>:root{color-scheme:light dark}
body{font:16px/1.5 system-ui;max-width:60rem;margin:2rem auto;padding:0 1rem}
table{border-collapse:collapse}
td{vertical-align:top;padding:.3rem .6rem;border-top:1px solid #8888}
@media(max-width:40rem){code{overflow-wrap:anywhere}
tr{display:block;border-top:1px solid #8888;padding:.4rem 0}
td{display:inline;border:0;padding:0 .3rem 0 0}td:last-child{display:block}}</style>
<h1>PinGo gateway</h1>
<p>Send a token as <code>Authorization: Bearer …</code>;
<code>pingo gateway token create</code> makes
one. Errors are <code>application/problem+json</code>. For tools there is
<a href="/openapi.json">the OpenAPI document</a>; <code>pingo job --help</code> does all of this
from a terminal.</p>
<table>${rows.join("\n")}</table></html>
`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
