// One turn of a conversation on the page: the question, how it was understood, the answer as it
// comes, its sources, and how it was computed.

import { judging } from "./feedback.js";
import { $, announce, made, named, quoted, say } from "./texts.js";

export class Turn {
  // `open(citation)` shows a document.
  constructor(question, open) {
    this.open = open;
    this.where = null; // { conversation, turn }, where it is kept
    this.feedback = null;
    this.spoken = ""; // not yet read out
    this.written = "";
    this.searching = false;
    this.element = made("li", "", "turn");
    this.kind = made("p", "", "kind");
    this.said = made("p", "", "said");
    this.more = made("div");
    const asked = made("p", "", "asked");
    asked.append(quoted(question));
    this.head = made("div");
    this.head.append(asked);
    this.element.append(this.head, this.kind, this.said, this.more);
  }

  begin() {
    this.element.classList.add("busy");
    this.tell(say("sent"));
  }

  hear(line) {
    if (line.waiting) this.tell(say("waiting", line.waiting.place, line.waiting.seconds));
    else if (line.answering) this.search();
    else if ("rewritten" in line) this.understand(line.rewritten);
    else if (line.sources) this.tell(say("writing"));
    else if (line.progress) this.kind.textContent = say("progress", line.progress);
    else if (line.piece) this.write(line.piece);
    else if (line.error) this.fail(line.error);
    else if ("found" in line) this.show(line, true);
  }

  // Said again and again, so that the connection is not taken for a dead one.
  search() {
    if (!this.searching) this.tell(say("searching"));
    this.searching = true;
  }

  understand(rewritten) {
    if (!rewritten) return;
    const meant = made("p", "", "meant");
    meant.append(named("span", "understood"), quoted(rewritten));
    this.head.append(meant);
  }

  // A sentence is read out when it is whole, so that nobody hears words in pieces.
  write(piece) {
    this.said.append(document.createTextNode(made("i", piece).textContent));
    this.spoken += piece;
    this.written += piece;
    const whole = this.spoken.match(/^[^]*[。！？!?\n]|^[^]*\.\s/);
    if (!whole) return;
    announce(whole[0]);
    this.spoken = this.spoken.slice(whole[0].length);
  }

  show(answer, isNew = false) {
    this.answer = answer;
    const name = answer.found ? "answer" : "refused";
    this.end(answer.found ? "found" : "refused", name);
    const cited = new Map(answer.citations.map((one) => [one.n, one]));
    this.said.replaceChildren(...this.withMarkers(answer.answer, cited));
    this.more.replaceChildren();
    if (answer.unsupported.length) {
      const what = made("p", "", "doubt");
      what.append(named("span", "doubt"), quoted(answer.unsupported.join(say("separator"))));
      this.more.append(what);
    }
    this.showVersion(answer.version);
    for (const one of answer.conflicts || []) this.showConflict(one);
    this.showComputation(answer.computation);
    if (cited.size) this.more.append(this.sources(answer.citations));
    this.more.append(made("p", say("footer", answer), "foot"), this.copying());
    if (this.where?.turn) this.more.append(judging(this));
    // What was read out already is not said again.
    const same = answer.found && this.written.trim() === answer.answer.trim();
    if (isNew && !same) announce(`${say(name)}: ${answer.answer}`);
    else if (isNew && this.spoken.trim()) announce(this.spoken);
    this.spoken = "";
  }

  fail(error) {
    this.end("failed", "failed");
    this.said.textContent = message(error);
    announce(this.said.textContent);
  }

  stop() {
    this.end("stopped", "stopped");
  }

  // --- within ------------------------------------------------------------------------------------

  tell(text) {
    if (this.kind.textContent === text) return;
    this.kind.textContent = text;
    announce(text);
  }

  end(kind, name) {
    this.element.classList.remove("busy");
    this.element.classList.add(kind);
    this.kind.textContent = say(name);
    this.kind.dataset.text = name;
  }

  withMarkers(text, cited) {
    return text.split(/(\[\d+\])/).map((part) => {
      const one = /^\[\d+\]$/.test(part) && cited.get(Number(part.slice(1, -1)));
      if (!one) return quoted(part);
      return this.opener(one, part, "cite");
    });
  }

  opener(citation, text, kind) {
    const button = made("button", text, kind);
    button.type = "button";
    button.setAttribute("aria-label", `${text} ${citation.source}`);
    button.addEventListener("click", () => this.open(citation, button));
    return button;
  }

  sources(citations) {
    const list = made("ol", "", "sources");
    list.append(...citations.map((one) => {
      const item = made("li");
      const button = this.opener(one, `[${one.n}] ${one.source}`, "place");
      const quote = made("blockquote");
      quote.append(quoted(one.quote));
      item.append(button, made("span", place(one), "where"), quote);
      return item;
    }));
    return list;
  }

  showVersion(version) {
    if (!version) return;
    const line = made("p", "", version.in_force ? "where" : "doubt");
    const which = version.in_force ? version.label || version.source : version.replaced_by;
    if (!which) return;
    line.append(named("span", version.in_force ? "current" : "old"), quoted(which));
    this.more.append(line);
  }

  showConflict(one) {
    const line = made("p", "", "doubt");
    const where = [one.source, one.dated, one.replaced ? say("replaced") : ""];
    line.append(named("span", "conflict"), quoted(one.quote), " (",
      quoted(where.filter(Boolean).join(say("separator"))), ")");
    this.more.append(line);
  }

  showComputation(how) {
    if (!how) return;
    const details = made("details");
    const list = made("dl");
    const { used, of, references } = how.rows;
    const places = references.map((one) => [one.source, one.sheet, one.row].filter(Boolean).join(" · "));
    const rows = [say("rowsUsed", { used, of }), ...places];
    for (const [name, value] of [["tables", how.tables], ["filters", how.filters],
      ["operation", how.operation], ["columns", how.columns], ["rows", rows],
      ["result", how.result]]) {
      const text = Array.isArray(value) ? value.join(say("separator")) : value;
      if (!text) continue;
      const cell = made("dd");
      cell.append(quoted(text));
      list.append(named("dt", name), cell);
    }
    details.append(named("summary", "computed"), list);
    this.more.append(details);
  }

  copying() {
    const button = named("button", "copy");
    button.type = "button";
    button.addEventListener("click", async () => {
      const sources = this.answer.citations.map((one) =>
        `[${one.n}] ${one.source}${place(one)}\n${one.quote}`);
      await navigator.clipboard.writeText([this.answer.answer, ...sources].join("\n\n"));
      announce(say("copied"));
      button.textContent = say("copied");
    });
    return button;
  }
}

const place = (one) => [
  one.page != null ? say("page", one.page) : one.line != null ? say("line", one.line) : "",
  one.section,
].filter(Boolean).map((text) => ` · ${text}`).join("");

// What went wrong beside an answer: seen, and read out.
export function complain(error) {
  $("state").textContent = message(error);
}

// An error as its reader needs it: never the words of the protocol.
export function message(error) {
  if (!error.reference) return say("gone");
  if (error.status === 503 || error.reference === "interrupted") return say("busy");
  if (error.reference === "nothing-found") return say("nothing");
  return say("trouble", error.reference);
}
