/** What each role may do at the gateway. What is not listed is not allowed. */
import type { Role } from "../../adapters/http/shapes.ts";

const permissions = [
  "job.submit",
  "job.submit-for-others",
  "job.read",
  "job.read-all",
  "job.cancel",
  "job.cancel-all",
  "blob.write",
  "blob.read",
  "node.read",
  "contributor.read",
  "contributor.read-all",
  "wallet.link",
  "metrics.read",
  "audit.read",
] as const;
export type Permission = (typeof permissions)[number];

const requester: ReadonlyArray<Permission> = [
  "job.submit",
  "job.read",
  "job.cancel",
  "blob.write",
  "node.read",
  "contributor.read",
  "wallet.link",
];

const table: Readonly<Record<Role, ReadonlyArray<Permission>>> = {
  requester,
  // moves models, inputs and results; sees no job and no account
  node: ["blob.read", "blob.write", "contributor.read"],
  edge: ["blob.read", "blob.write", "node.read", "contributor.read"],
  // sees everything and changes nothing
  auditor: [
    "job.read",
    "job.read-all",
    "blob.read",
    "node.read",
    "contributor.read",
    "contributor.read-all",
    "metrics.read",
    "audit.read",
  ],
  operator: permissions,
  // speaks for people who it has made sure of, and for nobody's machines
  bot: [...requester, "job.submit-for-others", "job.read-all", "contributor.read-all"],
};

export function may(role: Role, permission: Permission): boolean {
  return table[role].includes(permission);
}

export function permissionsOf(role: Role): ReadonlyArray<Permission> {
  return table[role];
}

export function rolesThatMay(permission: Permission): ReadonlyArray<Role> {
  return (Object.keys(table) as Array<Role>).filter((role) => may(role, permission));
}
