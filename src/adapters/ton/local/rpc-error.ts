/**
 * What the API answers instead of a result. Codes are those that toncenter uses: 422 for parameters
 * that make no sense, 404 and 413 as in HTTP, 500 when the chain says no.
 */
export class RpcError extends Error {
  override readonly name = "RpcError";
  readonly code: number;
  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}
