/** Words of a contribution rule with their places, and the error that points at one of them. */

export interface Token {
  readonly kind: "time" | "number" | "word" | "sign" | "end";
  readonly text: string;
  /** Characters before it in the rule. */
  readonly at: number;
}

/** Says in one sentence where a rule cannot be read and what may stand there. */
export class RuleError extends Error {
  override readonly name = "RuleError";
  readonly rule: string;
  readonly at: number;
  readonly length: number;
  readonly allowed: ReadonlyArray<string>;

  constructor(rule: string, token: Token, problem: string, allowed: ReadonlyArray<string> = []) {
    // as it was written: tokens are compared in lower case
    const word = rule.slice(token.at, token.at + token.text.length);
    const where = `"${word}" (column ${token.at + 1}) ${problem}`;
    const list = allowed.length === 0 ? "" : `; write ${listOf(allowed)}`;
    super(`the rule cannot be read: ${token.kind === "end" ? "it ends too early" : where}${list}`);
    this.rule = rule;
    this.at = token.at;
    this.length = Math.max(1, token.text.length);
    this.allowed = allowed;
  }
}

function listOf(words: ReadonlyArray<string>): string {
  const last = words.at(-1) ?? "";
  return words.length < 2 ? last : `${words.slice(0, -1).join(", ")} or ${last}`;
}

const kinds = ["time", "number", "word", "sign"] as const;
const pattern =
  /\s*(?:(?<time>\d{1,2}:\d{2})|(?<number>\d+(?:\.\d+)?)|(?<word>\p{L}+)|(?<sign>\S))/uy;

/** The last token is an "end" behind the text. */
export function tokensOf(rule: string): ReadonlyArray<Token> {
  const tokens: Token[] = [];
  pattern.lastIndex = 0;
  for (;;) {
    const match = pattern.exec(rule);
    if (match === null) break;
    const text = match[0].trimStart();
    const kind = kinds.find((each) => match.groups?.[each] !== undefined) ?? "sign";
    tokens.push({ kind, text: text.toLowerCase(), at: pattern.lastIndex - text.length });
  }
  tokens.push({ kind: "end", text: "", at: rule.trimEnd().length });
  return tokens;
}
