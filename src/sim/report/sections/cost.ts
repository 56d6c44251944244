/** What a VCU-hour that counts costs here, beside a core-hour of a cloud. */
import { html } from "../html.ts";
import type { ReportInput } from "../input.ts";
import { type Section, tableHtml } from "../layout.ts";
import { numberText } from "../number-text.ts";

type SizeCost = ReportInput["costs"][number];

/** A price is rounded to the nano, so a share of nothing is not quite nothing. */
const percentText = (share: number) => `${numberText(Number((100 * share).toFixed(2)))} %`;

function sizeText(belowVcu: number | null, before: number | null | undefined): string {
  if (belowVcu !== null) return `below ${numberText(belowVcu)} VCU`;
  return `${numberText(before ?? 0)} VCU and more`;
}

export function costSection({ costs, prices }: ReportInput): Section | undefined {
  if (costs.length === 0 || prices === undefined) return undefined;
  const { vcuHour, cloudCoreHour } = prices;
  const row = (each: SizeCost, i: number) => [
    sizeText(each.belowVcu, costs[i - 1]?.belowVcu),
    numberText(each.usefulVcu),
    percentText(each.verification),
    percentText(each.churn),
    percentText(each.transfer),
    numberText(each.factor),
    each.usefulVcu > 0 ? `$${numberText(each.factor * vcuHour)}` : "–",
    each.usefulVcu > 0 ? percentText((each.factor * vcuHour) / cloudCoreHour) : "–",
  ];
  const number = (title: string) => ({ title, numeric: true });
  const columns = [
    { title: "Size of tasks" },
    ...["Paid, VCU", "Verification", "Churn", "Transfer", "Factor", "Costs", "Of a cloud’s"].map(
      number,
    ),
  ];
  const caption = "Overheads by the size of a task, and what a paid VCU comes to";
  const body = html`<p>A machine's VCU-hour is posted at $${numberText(vcuHour)}, electricity and
reward together; a cloud's core-hour is taken as $${numberText(cloudCoreHour)} and as one VCU. Both
are inputs of the command, not results. One VCU that counts takes (1 + verification) (1 + churn)
(1 + transfer) VCU-hours of machines.</p>
${tableHtml({ caption, columns, rows: costs.map(row) })}`;
  return { id: "cost", title: "What a VCU-hour costs here", body };
}
