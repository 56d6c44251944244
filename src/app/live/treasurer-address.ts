/** A network has one treasurer, if it has a chain. */
import { address } from "../../kernel/address.ts";

export const TREASURER = address("treasurer", "t0");
