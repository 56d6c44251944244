/** Reads the words of a contribution rule one after the other. */
import { RuleError, type Token, tokensOf } from "./tokens.ts";

const MOST = 1_000_000;

export class Reader {
  readonly rule: string;
  private readonly tokens: ReadonlyArray<Token>;
  private next = 0;

  constructor(rule: string) {
    this.rule = rule;
    this.tokens = tokensOf(rule);
  }

  get token(): Token {
    return this.tokens[Math.min(this.next, this.tokens.length - 1)] as Token;
  }

  get atEnd(): boolean {
    return this.token.kind === "end";
  }

  take(): Token {
    const { token } = this;
    this.next += 1;
    return token;
  }

  /** Takes the next token when it is one of these words. */
  takes(...words: ReadonlyArray<string>): boolean {
    const isIt = this.token.kind !== "end" && words.includes(this.token.text);
    if (isIt) this.next += 1;
    return isIt;
  }

  fail(problem: string, allowed: ReadonlyArray<string> = [], token: Token = this.token): never {
    throw new RuleError(this.rule, token, problem, allowed);
  }

  number(): number {
    if (this.token.kind !== "number") this.fail("is no number", ["a number such as 50"]);
    return Number(this.take().text);
  }

  /** A number of something that a machine has. */
  amount(): number {
    const begin = this.token;
    const value = this.number();
    if (value > MOST) this.fail("is more than any machine has", [], begin);
    return value;
  }
}
