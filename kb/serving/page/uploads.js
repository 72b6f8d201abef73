// Documents that an editor adds: by choosing or dropping files, one sent after the other; then how
// far each is on its way into the index.

import { call, get, send } from "./api.js";
import { panel } from "./panel.js";
import { $, announce, made, named, quoted, refill, say } from "./texts.js";
import { message } from "./turn.js";

const SOON = 1000;
const UNDER_WAY = ["waiting", "reading", "removing"];
const STATES = {
  waiting: "stateWaiting", reading: "stateReading", ready: "stateReady",
  failed: "stateFailed", removing: "stateRemoving",
};

let me = null;
let changed = () => {};
let there = [];
let run = null;
let leaving = []; // files on their way: { file, into, part (0 to 1), error }
let sends = false;
let timer = 0;

const { open, enter: admit, leave: shut } = panel(
  { button: "add", part: "uploads", close: "done", choice: "into", first: "choose" },
  (is) => {
    clearTimeout(timer);
    if (is) refresh();
  },
);

export function leave() {
  shut();
  me = null;
}

export function enter(caller, tell) {
  me = caller;
  changed = tell;
  admit(me.uploads, me.collections);
  show();
}

export function show() {
  if (!me?.uploads) return;
  $("most").textContent = say("most", me.uploads);
  const told = { waiting: say("runWaiting"), running: say("runRunning", run || {}) };
  const under = there.some((one) => UNDER_WAY.includes(one.state));
  $("run").textContent = (under && run && told[run.state]) || "";
  refill($("mine"), [...leaving.map(onItsWay), ...there.map(arrived)]);
}

async function refresh() {
  clearTimeout(timer);
  const before = new Map(there.map((one) => [one.name, one.state]));
  try {
    const query = new URLSearchParams({ collection: $("into").value });
    ({ uploads: there, run } = await get(`api/uploads?${query}`));
  } catch (error) {
    announce(message(error));
    return;
  }
  show();
  const settled = there.filter((one) => !UNDER_WAY.includes(one.state)
    && UNDER_WAY.includes(before.get(one.name)));
  if (settled.length) {
    announce(settled.map((one) => one.state === "ready" ? say("arrived", one.name)
      : `${one.name}: ${because(one.trouble)}`).join(" "));
  }
  if (settled.length || before.size > there.length) changed();
  const more = there.some((one) => UNDER_WAY.includes(one.state));
  if (more && !$("uploads").hidden) timer = setTimeout(refresh, SOON);
}

// --- one line of the list ------------------------------------------------------------------------

function line(name, state) {
  const item = made("li");
  const row = made("div", "", "row");
  const title = made("span", "", "name");
  title.append(quoted(name));
  row.append(title, made("span", state, "where"));
  item.append(row);
  return { item, row };
}

function arrived(one) {
  const { item, row } = line(one.name, say(STATES[one.state]));
  if (one.state !== "removing") {
    const button = named("button", "remove");
    button.type = "button";
    button.setAttribute("aria-label", `${say("remove")} ${one.name}`);
    button.dataset.key = `remove ${one.name}`;
    button.addEventListener("click", () => remove(one.name));
    row.append(button);
  }
  if (one.trouble) {
    const why = because(one.trouble);
    item.append(made("p", one.state === "ready" ? say("partly") + why : why, "why"));
  }
  return item;
}

function onItsWay(one) {
  const percent = Math.round(100 * one.part);
  const state = one.error ? say("notAdded") : one.part ? say("sending", percent) : say("queued");
  const { item, row } = line(one.file.name, state);
  if (one.error) {
    const button = named("button", "took");
    button.type = "button";
    button.setAttribute("aria-label", `${say("took")} ${one.file.name}`);
    button.dataset.key = `took ${one.file.name}`;
    button.addEventListener("click", () => {
      leaving = leaving.filter((other) => other !== one);
      show();
      $("choose").focus();
    });
    row.append(button);
    item.append(made("p", refused(one.error), "why"));
  } else {
    const bar = made("progress");
    bar.max = 100;
    bar.value = percent;
    bar.setAttribute("aria-label", one.file.name);
    item.append(bar);
  }
  return item;
}

const because = ({ reference }) => say(`why:${reference}`) || say("unread", reference);

function refused(error) {
  if (error.status === 409) return say("taken");
  if (error.status === 413) return say(error.tooLarge ? "tooLarge" : "many");
  if (!error.status) return say("cut");
  return error.why || message(error);
}

// --- what is done --------------------------------------------------------------------------------

function add(files) {
  open(true);
  for (const file of files) {
    const one = { file, into: $("into").value, part: 0, error: null };
    if (file.size > me.uploads.most_bytes) one.error = { status: 413, tooLarge: true };
    leaving.push(one);
  }
  show();
  sendNext();
}

async function sendNext() {
  const one = leaving.find((other) => !other.error);
  if (sends || !one) return;
  sends = true;
  const query = new URLSearchParams({ collection: one.into, name: one.file.name });
  try {
    await send(`api/uploads?${query}`, one.file, (part) => {
      one.part = part;
      show();
    });
    leaving = leaving.filter((other) => other !== one);
    there = [{ name: one.file.name, state: "waiting" }, ...there];
    await refresh();
  } catch (error) {
    one.error = error;
    show();
    announce(`${one.file.name}: ${refused(error)}`);
  } finally {
    sends = false;
  }
  sendNext();
}

async function remove(name) {
  if (!confirm(say("surely", name))) return;
  const query = new URLSearchParams({ collection: $("into").value, name });
  try {
    await call(`api/uploads?${query}`, { method: "DELETE" });
  } catch (error) {
    announce(message(error));
  }
  $("choose").focus();
  refresh();
}

// --- what is clicked and dropped -----------------------------------------------------------------

$("into").addEventListener("change", () => {
  there = [];
  refresh();
});
$("choose").addEventListener("click", () => $("files").click());
$("files").addEventListener("change", () => {
  add([...$("files").files]);
  $("files").value = "";
});
// Files may be dropped anywhere; without this the browser would show them in place of the page.
for (const kind of ["dragover", "dragleave", "drop"]) {
  addEventListener(kind, (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    $("drop").classList.toggle("over", kind === "dragover");
    if (kind === "dragover" && me?.uploads && $("uploads").hidden) open(true);
    if (kind === "drop" && me?.uploads) add([...event.dataTransfer.files]);
  });
}
