/** The networks that a deployment can be on. */
export const chainNetworks = ["local", "testnet", "mainnet"] as const;
export type ChainNetwork = (typeof chainNetworks)[number];

const globalIds: Readonly<Record<ChainNetwork, number>> = {
  // of no public network: what is signed while trying things out is worth nothing elsewhere
  local: -7,
  testnet: -3,
  mainnet: -239,
};

/** What wallets sign along with every message. */
export function globalIdOf(network: ChainNetwork): number {
  return globalIds[network];
}

/** Public interfaces of toncenter v2; a local chain has an address of its own. */
export const publicEndpoints = {
  testnet: "https://testnet.toncenter.com/api/v2/jsonRPC",
  mainnet: "https://toncenter.com/api/v2/jsonRPC",
} as const;
