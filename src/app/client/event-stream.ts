/** Server-sent events out of a stream of bytes: only what the gateway sends, no more. */

export interface ServerEvent {
  readonly event: string;
  readonly data: string;
}

/** An event of more characters than this is none of the gateway's. */
const EVENT_MAX = 1_000_000;

export async function* serverEvents(
  body: AsyncIterable<Uint8Array>,
): AsyncGenerator<ServerEvent, void, undefined> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const bytes of body) {
    text += decoder.decode(bytes, { stream: true });
    if (text.length > EVENT_MAX) throw new SyntaxError("an event is too long");
    for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
      const event = eventOf(text.slice(0, end));
      text = text.slice(end + 2);
      if (event !== undefined) yield event;
    }
  }
}

/** Undefined for comments, which only keep the line open. */
function eventOf(block: string): ServerEvent | undefined {
  let event = "message";
  const data: Array<string> = [];
  for (const line of block.split("\n")) {
    if (line.startsWith("event: ")) event = line.slice(7);
    else if (line.startsWith("data: ")) data.push(line.slice(6));
  }
  return data.length === 0 ? undefined : { event, data: data.join("\n") };
}
