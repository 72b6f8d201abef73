// The list of conversations that are kept for this person, and what is done with one.

import { call, get } from "./api.js";
import { $, made, refill, say } from "./texts.js";
import { complain } from "./turn.js";

export class History {
  // `open(id)` shows a conversation, `begin()` a new one.
  constructor(open, begin) {
    this.open = open;
    this.begin = begin;
    this.current = null;
    $("new").addEventListener("click", () => this.begin());
    $("find").addEventListener("input", () => {
      clearTimeout(this.soon);
      this.soon = setTimeout(() => this.refresh().catch(complain), 250);
    });
    $("menu").addEventListener("click", () => {
      const shown = $("history").classList.toggle("shown");
      $("menu").setAttribute("aria-expanded", String(shown));
    });
    $("rename").addEventListener("click", () => {
      $("renaming").hidden = false;
      $("newtitle").value = this.current.title;
      $("newtitle").focus();
    });
    $("renaming").addEventListener("submit", (event) => {
      event.preventDefault();
      this.rename($("newtitle").value).catch(complain);
    });
    $("delete").addEventListener("click", () => this.remove().catch(complain));
    $("export").addEventListener("click", () => this.save().catch(complain));
  }

  choose(conversation) {
    this.current = conversation;
    $("tools").hidden = !conversation;
    $("renaming").hidden = true;
    $("title").replaceChildren(made("bdi", conversation?.title || ""));
    sessionStorage.setItem("conversation", conversation?.id || "");
    this.mark();
  }

  async refresh() {
    const mine = (this.refreshed = {});
    const query = new URLSearchParams({ q: $("find").value.trim() });
    const { conversations } = await get(`api/conversations?${query}`);
    if (mine !== this.refreshed) return; // a later one has been asked for
    refill($("kept"), conversations.map((one) => {
      const item = made("li");
      const button = made("button");
      button.type = "button";
      button.dataset.key = one.id;
      button.append(made("bdi", one.title));
      button.addEventListener("click", () => this.open(one.id).catch(complain));
      item.append(button);
      return item;
    }));
    this.mark();
  }

  mark() {
    for (const one of $("kept").querySelectorAll("button")) {
      one.setAttribute("aria-current", String(one.dataset.key === this.current?.id));
    }
  }

  address() {
    return `api/conversations/${this.current.id}`;
  }

  async rename(title) {
    if (!title.trim()) return;
    this.choose(await get(this.address(), { method: "PATCH", body: { title } }));
    $("rename").focus();
    await this.refresh();
  }

  async remove() {
    if (!confirm(say("sure"))) return;
    await call(this.address(), { method: "DELETE" });
    this.begin();
    await this.refresh();
  }

  async save() {
    const { markdown } = await get(`${this.address()}/export`);
    const link = made("a");
    link.href = URL.createObjectURL(new Blob([markdown], { type: "text/markdown" }));
    link.download = `${this.current.title.replace(/[^\p{L}\p{N} _-]/gu, "")}.md`;
    link.click();
    URL.revokeObjectURL(link.href);
  }
}
