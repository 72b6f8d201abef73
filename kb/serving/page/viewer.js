// A document beside the answer, as text, with the cited passage highlighted.

import { get } from "./api.js";
import { $, announce, harmless, made, say } from "./texts.js";
import { message } from "./turn.js";

let opener = null;

export async function show(citation, collection, button) {
  opener = button;
  $("document").replaceChildren(made("bdi", citation.source));
  $("text").replaceChildren();
  $("found").textContent = "";
  $("viewer").hidden = false;
  $("viewer").focus();
  const query = new URLSearchParams({ source: citation.source, collection });
  try {
    const { text } = await get(`api/document?${query}`);
    const place = find(text, citation.quote);
    mark(text, place);
    $("found").textContent = say(place ? "marked" : "unmarked");
  } catch (error) {
    $("found").textContent = message(error);
  }
  announce($("found").textContent);
}

export function close() {
  if ($("viewer").hidden) return false;
  $("viewer").hidden = true;
  if (opener?.isConnected) opener.focus();
  return true;
}

// Where a quote is in a text, blanks and line breaks aside: [start, end), or null.
export function find(text, quote) {
  const words = quote.split(/\s+/).filter(Boolean);
  if (!words.length) return null;
  const escaped = words.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  const found = new RegExp(escaped.join("\\s*")).exec(text);
  return found && [found.index, found.index + found[0].length];
}

function mark(text, place) {
  if (!place) {
    $("text").append(harmless(text));
    return;
  }
  const [start, end] = place;
  const passage = made("mark", text.slice(start, end));
  $("text").append(harmless(text.slice(0, start)), passage, harmless(text.slice(end)));
  passage.scrollIntoView({ block: "center" });
}
