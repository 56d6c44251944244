/** Lets contracts' clients read over any transport. A wallet's sender sends, nothing else. */
import type { Address, Contract, ContractProvider, ContractState } from "@ton/core";
import { type OpenedContract, openContract } from "@ton/core";
import type { ChainTransport } from "./transport.ts";

/** A contract's client whose `get…` ask this chain. */
export function opened<C extends Contract>(chain: ChainTransport, contract: C): OpenedContract<C> {
  return openContract(contract, ({ address }) => providerOf(chain, address));
}

export function providerOf(chain: ChainTransport, address: Address): ContractProvider {
  const sendsNothing = () => Promise.reject(new Error("messages go through a wallet's sender"));
  return {
    getState: () => stateOf(chain, address),
    get: async (name, args) => {
      if (typeof name !== "string") throw new Error("get-methods are called by name");
      return { stack: await chain.runGetMethod(address, name, args) };
    },
    external: sendsNothing,
    internal: sendsNothing,
    open: (contract) => opened(chain, contract),
    getTransactions: async (of, lt, hash, limit = 16) => [
      ...(await chain.getTransactions(of, { limit, from: { lt, hash } })),
    ],
  };
}

async function stateOf(chain: ChainTransport, address: Address): Promise<ContractState> {
  const { balance, last, state, code, data } = await chain.getAddressInformation(address);
  const states = {
    active: { type: "active", code, data },
    uninitialized: { type: "uninit" },
    frozen: { type: "frozen", stateHash: Buffer.alloc(0) },
  } as const;
  return { balance, extracurrency: null, last: last ?? null, state: states[state] };
}
