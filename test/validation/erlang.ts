/**
 * Closed forms of queues with Poisson arrivals, exponential service and k equal servers, first come
 * first served (A. K. Erlang, 1917). Only sums, products and quotients: the same on any engine.
 */

/** Erlang B: chance that an arrival finds all `servers` busy where nobody waits. */
export function erlangB(servers: number, offered: number): number {
  let blocked = 1;
  for (let n = 1; n <= servers; n++) blocked = (offered * blocked) / (n + offered * blocked);
  return blocked;
}

/** Erlang C: chance that an arrival has to wait; `offered` work is below `servers`. */
export function erlangC(servers: number, offered: number): number {
  const blocked = erlangB(servers, offered);
  return blocked / (1 - (offered / servers) * (1 - blocked));
}

/** Mean wait before service in units of the mean service time; `load` is work per server. */
export function meanWait(servers: number, load: number): number {
  return erlangC(servers, servers * load) / (servers * (1 - load));
}
