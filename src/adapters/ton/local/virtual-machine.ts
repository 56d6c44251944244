/**
 * TON's own virtual machine, from the package that contracts are tested with, behind the few calls
 * that a chain needs. It is large, so it is loaded when the first chain is opened.
 */
import { type Address, beginCell, Cell, parseTuple, type TupleItem } from "@ton/core";
import type { Executor } from "@ton/sandbox";

export interface Run {
  /** The account as a bag of cells, base64. */
  readonly account: string;
  readonly message: Cell;
  readonly lt: bigint;
  /** Unix time in seconds. */
  readonly now: number;
  readonly seed: Buffer;
  /** For estimates, made before anybody has signed. */
  readonly ignoreSignature?: boolean;
}

export interface Ran {
  readonly account: string;
  readonly transaction: Cell;
}

/** No transaction came of it: an external message that its contract did not accept. */
export interface NotRun {
  readonly why: string;
  readonly exitCode: number | undefined;
}

export interface Question {
  readonly address: Address;
  readonly code: Cell;
  readonly data: Cell;
  readonly balance: bigint;
  readonly methodId: number;
  readonly stack: Array<TupleItem>;
  readonly now: number;
  readonly seed: Buffer;
}

export interface Answer {
  readonly exitCode: number;
  readonly gasUsed: number;
  readonly stack: ReadonlyArray<TupleItem>;
}

const GET_GAS = 10_000_000n;

/** One for all chains of a process: what it learned to run fast stays fast. */
let machine: Promise<Executor> | undefined;

async function loadMachine(): Promise<Executor> {
  // not the package's entry: that loads its coverage, debugger and user interface as well
  const { Executor: Machine } = await import("@ton/sandbox/dist/executor/Executor.js");
  return await Machine.create();
}

/** The network's parameters that a new chain starts with. */
export async function startConfig(): Promise<string> {
  return (await import("@ton/sandbox/dist/config/slimConfig.js")).slimConfig;
}

export class VirtualMachine {
  private readonly executor: Executor;
  private readonly config: string;

  private constructor(executor: Executor, config: string) {
    this.executor = executor;
    this.config = config;
  }

  static async load(config: string): Promise<VirtualMachine> {
    machine ??= loadMachine();
    return new VirtualMachine(await machine, config);
  }

  async run({ account, message, lt, now, seed, ignoreSignature }: Run): Promise<Ran | NotRun> {
    const { result } = await this.executor.runTransaction({
      config: this.config,
      libs: null,
      verbosity: "short",
      shardAccount: account,
      message,
      lt,
      now,
      randomSeed: seed,
      ignoreChksig: ignoreSignature === true,
      debugEnabled: false,
    });
    if (!result.success) return { why: result.error, exitCode: result.vmResults?.vmExitCode };
    return { account: result.shardAccount, transaction: Cell.fromBase64(result.transaction) };
  }

  async ask(question: Question): Promise<Answer> {
    const { address, code, data, balance, methodId, stack, now, seed } = question;
    const { output } = await this.executor.runGetMethod({
      config: this.config,
      verbosity: "short",
      address,
      code,
      data,
      balance,
      methodId,
      stack,
      unixTime: now,
      randomSeed: seed,
      gasLimit: GET_GAS,
      debugEnabled: false,
    });
    if (!output.success) throw new Error(`the virtual machine failed: ${output.error}`);
    return {
      exitCode: output.vm_exit_code,
      gasUsed: Number(output.gas_used),
      stack: stackOf(output.stack),
    };
  }
}

/** A method that threw may leave what is no stack. */
function stackOf(boc: string): ReadonlyArray<TupleItem> {
  const cell = Cell.fromBase64(boc);
  return cell.equals(beginCell().endCell()) ? [] : parseTuple(cell);
}
