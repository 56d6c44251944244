/** Where the gateway of a network on this machine keeps its files. */
import { join } from "node:path";
import { defaultFolder } from "../live/state-folder.ts";
import { gatewayFiles } from "./start-gateway.ts";

export interface LocalFlags {
  readonly dir?: string;
  readonly json?: boolean;
}

export function gatewayFolder(dir: string | undefined): string {
  return join(dir ?? defaultFolder(), "gateway");
}

export function localFiles({ dir }: LocalFlags) {
  return gatewayFiles(gatewayFolder(dir));
}
