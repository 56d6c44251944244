/** The plan of a job as a blob: what its tasks are and what it takes to assemble their results. */

import { invariant } from "../../kernel/invariant.ts";
import { type BlobId, type Blobs, blobId } from "../../live/blobs.ts";
import type { PlannedJob } from "./planner.ts";

/** Plans that were looked at last; one of 10,000 tasks takes about a megabyte. */
const REMEMBERED = 32;

export class KeptPlan {
  private readonly blobs: Blobs;
  private readonly recent = new Map<string, PlannedJob>();

  constructor(blobs: Blobs) {
    this.blobs = blobs;
  }

  async keep(planned: PlannedJob): Promise<BlobId> {
    const id = await this.blobs.put(Buffer.from(JSON.stringify(planned)));
    this.remember(id, planned);
    return id;
  }

  async read(name: string): Promise<PlannedJob> {
    const known = this.recent.get(name);
    if (known !== undefined) return known;
    const id = blobId(name);
    invariant(id !== undefined, `a plan has no blob's id: ${name}`);
    const bytes = await this.blobs.get(id);
    if (bytes === undefined) throw new Error(`the plan ${id} is no longer in the blob store`);
    const planned = JSON.parse(Buffer.from(bytes).toString("utf8")) as PlannedJob;
    this.remember(id, planned);
    return planned;
  }

  private remember(id: string, planned: PlannedJob): void {
    this.recent.delete(id);
    this.recent.set(id, planned);
    const [oldest] = this.recent.keys();
    if (this.recent.size > REMEMBERED && oldest !== undefined) this.recent.delete(oldest);
  }
}
