/** What every port is tried on: what serves one process, and what works over a live server. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach } from "vitest";
import { type Link, linkOf } from "../../src/adapters/nats/link.ts";
import { Names } from "../../src/adapters/nats/names.ts";
import { Provisioner } from "../../src/adapters/nats/provision.ts";
import { testServer } from "../nats/test-server.ts";

export interface Arm<Port> {
  readonly name: string;
  readonly skip: boolean;
  /** A world of its own for each test. */
  readonly open: () => Promise<Opened<Port>>;
}

export interface Opened<Port> {
  readonly port: Port;
  readonly end: () => Promise<void>;
}

export async function withFolder<Port>(
  make: (folder: string) => Port | Promise<Port>,
): Promise<Opened<Port>> {
  const folder = await mkdtemp(join(tmpdir(), "pingo-conformance-"));
  return {
    port: await make(folder),
    end: () => rm(folder, { recursive: true, force: true }),
  };
}

export interface Network {
  readonly link: Link;
  readonly names: Names;
  readonly provisioner: Provisioner;
}

/** One server for a file of tests, and a network of its own on it for each test. */
export class Networks {
  private server: ReturnType<typeof testServer> | undefined;
  private made = 0;

  async open(): Promise<Network> {
    this.server ??= testServer();
    const link = await linkOf(await (await this.server).connect());
    const names = new Names(`t${++this.made}`);
    const limits = { inboxBytes: 32 * 1_048_576, blobBytes: 64 * 1_048_576 };
    const provisioner = Provisioner.on(link, { names, limits });
    await provisioner.network();
    return { link, names, provisioner };
  }

  async end(): Promise<void> {
    await (await this.server)?.end();
  }
}

/** Opens the arm for a test and ends it after the test; called once in a `describe`. */
export function openerOf<Port>(arm: Arm<Port>): () => Promise<Port> {
  let end: (() => Promise<void>) | undefined;
  afterEach(async () => {
    await end?.();
    end = undefined;
  });
  return async () => {
    const opened = await arm.open();
    end = opened.end;
    return opened.port;
  };
}
