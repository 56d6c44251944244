/**
 * A view: what people want to know of actors, such as the state of a job, as a fold over the
 * journal's deliveries. It is kept with the snapshot and made again by replay, so it cannot
 * disagree with what happened.
 */
import type { Address } from "../kernel/address.ts";
import type { Step } from "../kernel/behaviour.ts";
import type { Delivery } from "../kernel/delivery.ts";

/** One delivery and what came of it. */
export interface Seen {
  readonly actor: Address;
  readonly delivery: Delivery;
  readonly step: Step<unknown>;
}

/** `V` may be changed in place: only the shell and readers hold it. */
export interface View<V> {
  readonly name: string;
  /**
   * Raised when the kept form changes; an older one is thrown away and folded anew from then on.
   */
  readonly version: number;
  readonly empty: () => V;
  /** Total: what it does not know it leaves alone. */
  readonly fold: (view: V, seen: Seen) => V;
  /**
   * To plain data (amounts may be bigint) and back. What is saved is a copy: it is written down
   * while later deliveries are folded.
   */
  readonly save: (view: V) => unknown;
  readonly load: (saved: unknown) => V;
}

// biome-ignore lint/suspicious/noExplicitAny: existential type, opened only by the shell
export type AnyView = View<any>;

interface SavedView {
  readonly version: number;
  readonly value: unknown;
}
export type SavedViews = Readonly<Record<string, SavedView>>;

/** The views of one shard, by name. */
export class Views {
  private readonly views: ReadonlyArray<AnyView>;
  private readonly values = new Map<string, unknown>();

  constructor(views: ReadonlyArray<AnyView>) {
    this.views = views;
    for (const view of views) this.values.set(view.name, view.empty());
  }

  fold(seen: Seen): void {
    for (const view of this.views) {
      this.values.set(view.name, view.fold(this.values.get(view.name), seen));
    }
  }

  /** Undefined for a view that this shard does not keep. */
  get<V>(view: View<V>): V | undefined {
    return this.values.get(view.name) as V | undefined;
  }

  save(): SavedViews {
    return Object.fromEntries(
      this.views.map((view) => [
        view.name,
        { version: view.version, value: view.save(this.values.get(view.name)) },
      ]),
    );
  }

  load(saved: SavedViews): void {
    for (const view of this.views) {
      const kept = saved[view.name];
      if (kept?.version === view.version) this.values.set(view.name, view.load(kept.value));
    }
  }
}
