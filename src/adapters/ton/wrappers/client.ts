/**
 * What clients of contracts have in common: an address that is given or follows from code and data,
 * messages of an op-code alone, and questions for another address.
 */
import {
  type Address,
  beginCell,
  type Cell,
  type Contract,
  type ContractProvider,
  contractAddress,
  type Sender,
  type StateInit,
} from "@ton/core";

/** A message of an op-code and a query id. */
export function wordCell(op: number, queryId = 0): Cell {
  return beginCell().storeUint(op, 32).storeUint(queryId, 64).endCell();
}

/** Another address that the contract knows for `owner`. */
export async function addressFor(
  provider: ContractProvider,
  method: string,
  owner: Address,
): Promise<Address> {
  const cell = beginCell().storeAddress(owner).endCell();
  const { stack } = await provider.get(method, [{ type: "slice", cell }]);
  return stack.readAddress();
}

/** A contract that another one deploys. */
export abstract class ContractClient implements Contract {
  readonly address: Address;

  constructor(address: Address) {
    this.address = address;
  }
}

/** A contract that somebody deploys, or that is there: then its code and data are the chain's. */
export abstract class RootClient extends ContractClient {
  readonly init: StateInit | undefined;

  constructor(address: Address, init?: StateInit) {
    super(address);
    this.init = init;
  }

  /** With bare coins. */
  async sendDeploy(provider: ContractProvider, via: Sender, value: bigint): Promise<void> {
    await provider.internal(via, { value });
  }
}

/** A contract that is only known by its code and first data. */
export abstract class InitialClient extends RootClient {
  declare readonly init: StateInit;

  constructor(code: Cell, data: Cell) {
    const init = { code, data };
    super(contractAddress(0, init), init);
  }
}
