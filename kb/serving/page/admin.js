// What an admin sees of the server: runs, failures, what waits, sizes, models, walls.

import { get } from "./api.js";
import { panel } from "./panel.js";
import { $, announce, made, named, quoted, say } from "./texts.js";
import { message } from "./turn.js";

const MEGABYTE = 1048576;
let found = null;

const { enter: admit, leave } = panel(
  { button: "admin", part: "server", close: "left", choice: "about", first: "server" },
  (is) => is && refresh(),
);

export const enter = (me) => admit(me.role === "admin", me.collections);
export { leave };

async function refresh() {
  try {
    found = await get(`api/admin?${new URLSearchParams({ collection: $("about").value })}`);
    show();
  } catch (error) {
    announce(message(error));
  }
}

export function show() {
  if (!found) return;
  const { status, runs, failures, bytes, models, walls, waiting } = found;
  const size = (many) => `${(many / MEGABYTE).toFixed(0)} MB`;
  const facts = [
    ["admin:documents", `${status.documents} (${status.chunks})`],
    ["admin:generation", status.generation ? `${status.generation} · ${status.created}` : "–"],
    ["admin:home", status.home],
    ["admin:sizes", say("sizes", size(bytes.index), size(bytes.free))],
    ["admin:models", Object.values(models).filter(Boolean).join(" · ")],
    ["admin:waiting", say("waits", waiting)],
  ];
  const list = made("dl");
  for (const [name, value] of facts) {
    const cell = made("dd");
    cell.append(quoted(value));
    list.append(named("dt", name), cell);
  }
  $("facts").replaceChildren(
    list,
    table("admin:walls", ["wall", "holds", "detail"], walls.map((one) =>
      [one.name, say(one.in_force ? "yes" : "no"), one.detail])),
    table("admin:runs", ["started", "command", "outcome", "changes", "seconds"], runs.map((one) => [
      one.started, one.command, one.outcome,
      `+${one.added} ~${one.updated} −${one.removed} !${one.failed}`, one.seconds.toFixed(1)])),
    table("admin:failures", ["file", "why"], failures.map((one) =>
      [`${one.root}/${one.path}`, say(`why:${one.reference}`) || one.message])),
  );
}

function table(title, columns, rows) {
  const element = made("table");
  const head = made("tr");
  head.append(...columns.map((name) => {
    const cell = named("th", `column:${name}`);
    cell.scope = "col";
    return cell;
  }));
  const top = made("thead");
  top.append(head);
  const body = made("tbody");
  body.append(...rows.map((cells) => {
    const row = made("tr");
    row.append(...cells.map((text) => {
      const cell = made("td");
      cell.append(quoted(text));
      return cell;
    }));
    return row;
  }));
  element.append(named("caption", title), top, body);
  const box = made("div", "", "wide");
  box.tabIndex = 0;
  box.setAttribute("role", "region");
  box.dataset.name = title;
  box.setAttribute("aria-label", say(title));
  box.append(rows.length ? element : named("p", `${title}:none`, "hint"));
  return box;
}

$("about").addEventListener("change", refresh);
