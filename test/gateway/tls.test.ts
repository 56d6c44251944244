/**
 * The gateway under TLS: a certificate of its own, made for these tests and good for nothing else.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { PinGo } from "../../src/app/client/pingo.ts";
import { gatewayBeside } from "../../src/app/gateway/beside-network.ts";
import { planner } from "../../src/app/work/plan.ts";
import { type Bench, bench } from "./running.ts";

const cert = `-----BEGIN CERTIFICATE-----
MIIBmjCCAUGgAwIBAgIUffSU+Ys19saYOtdJPtcGLGJc+eMwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMzAyNDIxMVoYDzIxMjYxMDMw
MDI0MjExWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAAQqJHivUhBBAdXDjpUjuFYv4i1Q3plFbbKqsCTLO5032MV0tEX9H3Ui
wZwzcXFx1g2mbUJHUIEORAsyHaTAO3BCo28wbTAdBgNVHQ4EFgQUza+Ml/A2RIqw
a/CnjL0n2mKB3cQwHwYDVR0jBBgwFoAUza+Ml/A2RIqwa/CnjL0n2mKB3cQwDwYD
VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI
zj0EAwIDRwAwRAIgEJHE8TtQ52+KvI0XOpEYybrOLEsO13e/25qGPDsFTBkCIHL8
OqxyeYhLiO2alDx8kekIbXYhY4s2hLiVB+TlDG2B
-----END CERTIFICATE-----
`;
const key = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgKWA0K2TDCX7DNE12
lcMDPqR9FKovez0wu/YiqeboMQ+hRANCAAQqJHivUhBBAdXDjpUjuFYv4i1Q3plF
bbKqsCTLO5032MV0tEX9H3UiwZwzcXFx1g2mbUJHUIEORAsyHaTAO3BC
-----END PRIVATE KEY-----
`;

let made: Bench | undefined;
afterEach(async () => {
  await made?.close();
  made = undefined;
});

function status(port: number, options: object): Promise<number | string> {
  return new Promise((resolve) => {
    request({ host: "127.0.0.1", port, path: "/health", ca: cert, ...options }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    })
      .on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
      .end();
  });
}

describe("TLS", () => {
  test("who trusts the certificate is served, old versions of TLS are not", async () => {
    made = await bench({ http: { tls: { cert, key } } });
    const { port, url } = made.gateway;
    expect(url).toMatch(/^https:/);
    expect(await status(port, {})).toBe(200);
    expect(await status(port, { maxVersion: "TLSv1.1", minVersion: "TLSv1" })).toMatch(
      /EPROTO|SSL|TLS/,
    );
  });

  test("a client that does not trust it, or speaks plain HTTP, is told what to do", async () => {
    made = await bench({ http: { tls: { cert, key } } });
    const { url } = made.gateway;
    const strict = new PinGo({ url, token: "x" });
    await expect(strict.list()).rejects.toThrow(/is not trusted .*NODE_EXTRA_CA_CERTS/);
    const plain = new PinGo({ url: url.replace("https", "http"), token: "x" });
    await expect(plain.list()).rejects.toThrow(/try https:|broke|not as a PinGo gateway/);
  });

  test("pingo up listens beyond this machine only with a certificate and its key", () => {
    const folder = mkdtempSync(join(tmpdir(), "pingo-tls-"));
    const files = { certFile: join(folder, "c.pem"), keyFile: join(folder, "k.pem") };
    writeFileSync(files.certFile, cert);
    writeFileSync(files.keyFile, key);
    const beside = { folder, port: 0, contributor: "you", planner };
    const open = (more: object) => () => gatewayBeside({ ...beside, ...more });
    expect(open({ host: "0.0.0.0" })).toThrow(/must not travel in the clear; add --tls-cert/);
    expect(open({ host: "0.0.0.0", tls: files })).not.toThrow();
    expect(open({ host: "127.0.0.1", tls: {} })).not.toThrow();
    expect(open({ tls: { certFile: files.certFile } })).toThrow(/give both/);
    const swapped = { certFile: files.keyFile, keyFile: files.certFile };
    expect(open({ tls: swapped })).toThrow(/no certificate and its key/);
    rmSync(folder, { recursive: true, force: true });
  });
});
