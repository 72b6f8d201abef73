// A document beside the answer, with what is cited marked: a PDF as the page's picture, a sheet as
// a table, a mail with its heads, everything else as text. Text can always be had.

import { get } from "./api.js";
import { $, announce, harmless, made, named, quoted, refill, say } from "./texts.js";
import { message } from "./turn.js";

const SHEETS = ["xlsx", "xlsm", "xls", "xlsb", "ods", "csv", "tsv"];
const HEADS = ["from", "to", "cc", "date", "subject"];

let opener = null;
let shown = null; // { citation, collection, text, labels, page, pages }

export async function show(citation, collection, button) {
  opener = button;
  const mine = (shown = { citation, collection, page: citation.page || 1 });
  $("document").replaceChildren(made("bdi", citation.source));
  clear();
  $("views").replaceChildren();
  $("viewer").hidden = false;
  $("viewer").focus();
  try {
    Object.assign(mine, await get(`api/document?${about(mine)}`));
  } catch (error) {
    if (mine !== shown) return;
    $("found").textContent = message(error);
    announce($("found").textContent);
    return;
  }
  if (mine === shown) await view(first(mine));
}

export function close() {
  if ($("viewer").hidden) return false;
  const held = $("viewer").contains(document.activeElement);
  $("viewer").hidden = true;
  shown = null;
  if (held) (opener?.isConnected ? opener : $("question")).focus();
  return true;
}

const about = (one, more = {}) => new URLSearchParams({
  source: one.citation.source, collection: one.collection, ...more,
});

function first({ citation }) {
  const ending = citation.source.split(".").pop().toLowerCase();
  if (ending === "pdf") return "page";
  return SHEETS.includes(ending) ? "sheet" : "text";
}

// Show it one way; where that cannot be done, as text.
async function view(kind) {
  const mine = shown;
  const ways = { page: showPage, sheet: showSheet, text: showText };
  clear();
  try {
    await ways[kind](mine);
  } catch (error) {
    if (mine !== shown) return;
    clear();
    showText(mine);
  }
  if (mine !== shown) return;
  choices(mine, kind);
  announce($("found").textContent);
}

function clear() {
  $("text").replaceChildren();
  $("text").className = "";
  $("found").textContent = "";
}

function choices(mine, kind) {
  const other = first(mine);
  if (other === "text") return;
  const ways = [other, "text"].map((way) => {
    const button = named("button", `view:${way}`);
    button.type = "button";
    button.dataset.key = way;
    button.setAttribute("aria-pressed", String(way === kind));
    button.addEventListener("click", () => view(way));
    return button;
  });
  refill($("views"), [...ways, ...(kind === "page" && mine.pages ? turning(mine) : [])]);
}

function turning(mine) {
  const [before, after] = [["before", -1], ["after", 1]].map(([name, step]) => {
    const button = named("button", name);
    const there = () => mine.page + step >= 1 && mine.page + step <= mine.pages;
    button.type = "button";
    button.dataset.key = name;
    // Not `disabled`, which would take the focus from it at the last page.
    button.setAttribute("aria-disabled", String(!there()));
    button.addEventListener("click", () => {
      if (!there()) return;
      mine.page += step;
      view("page");
    });
    return button;
  });
  return [before, made("span", say("pageOf", mine.page, mine.pages)), after];
}

// --- a page of a PDF -----------------------------------------------------------------------------

async function showPage(mine) {
  $("found").textContent = say("drawing");
  const quote = mine.page === (mine.cited || mine.page) ? mine.citation.quote : "";
  const found = await get(`api/document/page?${about(mine, { page: mine.page, quote })}`);
  const png = Uint8Array.from(atob(found.png), (one) => one.charCodeAt(0));
  const picture = await createImageBitmap(new Blob([png], { type: "image/png" }));
  if (mine !== shown) return;
  mine.pages = found.pages;
  mine.page = found.page; // a passage may have begun on the page before
  if (quote) mine.cited = found.page;
  const canvas = made("canvas");
  canvas.width = picture.width;
  canvas.height = picture.height;
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", `${say("pageOf", found.page, found.pages)}: ${quote}`);
  const pen = canvas.getContext("2d");
  pen.drawImage(picture, 0, 0);
  pen.globalCompositeOperation = "multiply";
  pen.fillStyle = "#ffe27a";
  for (const [left, top, width, height] of found.boxes) {
    pen.fillRect(left * canvas.width, top * canvas.height, width * canvas.width, height * canvas.height);
  }
  $("text").className = "picture";
  $("text").append(canvas);
  const at = found.boxes.length ? found.boxes[0][1] * canvas.clientHeight : 0;
  $("text").scrollTop = Math.max(0, at - $("text").clientHeight / 3);
  $("found").textContent = !quote ? "" : say(found.boxes.length ? "marked" : "unmarkedPage");
}

// --- a sheet -------------------------------------------------------------------------------------

async function showSheet(mine) {
  const { section, quote, line } = mine.citation;
  const found = await get(`api/document/sheet?${about(mine, { section, quote, row: line || 0 })}`);
  if (mine !== shown) return;
  const table = made("table");
  const head = made("tr");
  head.append(made("td"), ...found.columns.map((one) => {
    const cell = made("th");
    cell.scope = "col";
    cell.append(quoted(one));
    return cell;
  }));
  const top = made("thead");
  top.append(head);
  const body = made("tbody");
  body.append(...found.rows.map(row));
  const caption = made("caption");
  caption.append(quoted([found.name, found.caption].filter(Boolean).join(" · ")));
  table.append(caption, top, body);
  $("text").className = "sheet";
  $("text").append(table);
  body.querySelector(".cited")?.scrollIntoView({ block: "center", inline: "nearest" });
  const cited = found.rows.some((one) => one.cited);
  const part = found.rows.length < found.of ? say("rowsShown", found.rows.length, found.of) : "";
  $("found").textContent = [say(cited ? "markedRows" : "unmarkedRows"), part].filter(Boolean).join(" ");
}

function row(one) {
  const line = made("tr", "", one.cited ? "cited" : "");
  const number = made("th", String(one.row));
  number.scope = "row";
  line.append(number, ...one.texts.map((text) => {
    const cell = made("td");
    cell.append(quoted(text));
    return cell;
  }));
  return line;
}

// --- text ----------------------------------------------------------------------------------------

function showText(mine) {
  const heads = HEADS.filter((name) => mine.labels[name]);
  let { text } = mine;
  let place = find(text, mine.citation.quote);
  const body = text.indexOf("\n\n") + 2;
  // The text begins with the heads; as they are shown above, the body is enough.
  if (heads.length > 1 && body > 1 && /^From:|^To:|^Subject:|^Date:/.test(text) && !(place?.[0] < body)) {
    text = text.slice(body);
    place = place?.map((at) => at - body);
    const list = made("dl", "", "heads");
    for (const name of heads) {
      const value = made("dd");
      value.append(quoted(mine.labels[name]));
      list.append(named("dt", `head:${name}`), value);
    }
    $("text").append(list);
  }
  mark(text, place);
  $("found").textContent = say(place ? "marked" : "unmarked");
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
