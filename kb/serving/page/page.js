// The page of kb serve. Everything that a document, a question or the server says is put in as
// text (textContent), never as HTML.

import { call, get, hasToken, keepToken, lines, takeToken } from "./api.js";
import * as admin from "./admin.js";
import { History } from "./history.js";
import { $, made, refill, say, switchLanguage, translate } from "./texts.js";
import { Turn, complain, message } from "./turn.js";
import * as uploads from "./uploads.js";
import * as viewer from "./viewer.js";

let running = null;
let opening = null; // the conversation that was asked for last
let turns = [];
let served = null; // { status, collections } as they were told last

const kept = new History(openConversation, beginConversation);

// --- who asks, and what is served ----------------------------------------------------------------

function lock(wrong) {
  $("conversation").hidden = true;
  $("history").hidden = true;
  $("menu").hidden = true;
  uploads.leave();
  admin.leave();
  $("unlock").hidden = false;
  $("state").textContent = "";
  $("locked").textContent = say(wrong ? "locked" : "missing");
  $("token").setAttribute("aria-invalid", String(wrong));
  $("token").focus();
}

async function enter() {
  try {
    await showState();
    for (const id of ["conversation", "history", "menu"]) $(id).hidden = false;
    $("unlock").hidden = true;
    // At once: who has begun to use the page must not lose the focus to what is still loading.
    $("question").focus();
    const me = await get("api/me");
    admin.enter(me);
    uploads.enter(me, documentsChanged);
    offerModels(me.models);
    await Promise.all([kept.refresh(), showExamples()]);
    const before = sessionStorage.getItem("conversation");
    if (before) await openConversation(before);
  } catch (error) {
    if (error.status === 401) lock(hasToken());
    else complain(error);
  }
}

async function showState() {
  const collection = $("collection").value;
  const query = collection ? `?${new URLSearchParams({ collection })}` : "";
  served = await get(`api/status${query}`);
  const { collections } = served;
  const select = $("collection");
  if (collections.length > 1 && !select.options.length) {
    select.append(new Option(say("all"), ""), ...collections.map((name) => new Option(name, name)));
    select.options[0].dataset.text = "all";
    select.hidden = false;
  }
  tellState();
}

function tellState() {
  if (!served) return;
  const { status, collections } = served;
  const several = collections.length > 1 && !$("collection").value;
  $("state").textContent = several ? collections.join(say("separator"))
    : status.generation ? say("state", status) : say("nothing");
}

// Which model answers: a choice where there are several, kept for this browser.
function offerModels(models) {
  const select = $("model");
  select.replaceChildren(...models.map((name) => new Option(name, name)));
  select.hidden = models.length < 2;
  const before = localStorage.getItem("model");
  if (models.includes(before)) select.value = before;
}

const documentsChanged = () => Promise.all([showState(), showExamples()]);

// Questions to begin with, made of the documents' own titles.
async function showExamples() {
  const { examples } = await get("api/examples");
  refill($("examples"), examples.map((question) => {
    const item = made("li");
    const button = made("button", question);
    button.type = "button";
    button.dataset.key = question;
    button.addEventListener("click", () => {
      $("question").value = question;
      $("question").focus();
    });
    item.append(button);
    return item;
  }));
}

// --- conversations -------------------------------------------------------------------------------

function beginConversation() {
  clearThread();
  $("question").focus();
}

function clearThread() {
  running?.abort();
  running = opening = null;
  turns = [];
  busy(false);
  kept.choose(null);
  $("thread").replaceChildren();
  $("empty").hidden = false;
  viewer.close();
}

async function openConversation(id) {
  const mine = (opening = {});
  try {
    const conversation = await get(`api/conversations/${encodeURIComponent(id)}`);
    if (mine !== opening) return; // meanwhile something else was opened, begun or asked
    clearThread();
    kept.choose(conversation);
    for (const one of conversation.turns) {
      const turn = added(one.question, one.collections);
      turn.understand(one.rewritten);
      turn.where = { conversation: conversation.id, turn: one.id };
      turn.feedback = one.feedback;
      turn.show(one.answer);
    }
  } catch (error) {
    if (error.status !== 404) throw error;
    clearThread();
  }
}

function added(question, collections) {
  const one = collections.length === 1 ? collections[0] : "";
  const turn = new Turn(question, (citation, button) => viewer.show(citation, one, button));
  $("empty").hidden = true;
  $("thread").append(turn.element);
  turns.push(turn);
  return turn;
}

// --- a question ----------------------------------------------------------------------------------

// Neither of the conditions holds for the day itself; whoever chooses days means them, too.
function shifted(day, days) {
  const moved = new Date(`${day}T00:00:00Z`);
  moved.setUTCDate(moved.getUTCDate() + days);
  return moved.toISOString().slice(0, 10);
}

function asked(question) {
  const where = [];
  if ($("type").value.trim()) where.push(`type=${$("type").value.trim()}`);
  if ($("path").value.trim()) where.push(`path=${$("path").value.trim()}`);
  if ($("since").value) where.push(`after=${shifted($("since").value, -1)}`);
  if ($("until").value) where.push(`before=${shifted($("until").value, 1)}`);
  const body = { question, where, collection: $("collection").value };
  if (kept.current) body.conversation = kept.current.id;
  if (!$("model").hidden) body.model = $("model").value;
  if (Number($("top").value)) body.top_k = Number($("top").value);
  return body;
}

async function ask(question) {
  const mine = (running = new AbortController());
  const collection = $("collection").value;
  const turn = added(question, collection ? [collection] : []);
  $("question").value = "";
  opening = null;
  tellState();
  let begun = null;
  busy(true);
  turn.begin();
  turn.element.scrollIntoView({ block: "nearest" });
  try {
    const given = { method: "POST", body: asked(question), signal: mine.signal };
    for await (const line of lines(await call("api/conversations", given))) {
      if (mine !== running) return;
      if (line.conversation) {
        begun = line.conversation;
        turn.where = { conversation: begun.id, turn: line.turn };
      } else turn.hear(line);
      // Only now is the turn kept, and can be leant on.
      if (begun && "found" in line) kept.choose(begun);
    }
  } catch (error) {
    if (mine !== running) return;
    if (mine.signal.aborted) turn.stop();
    else turn.fail(error);
    if (error.status === 401) lock(true);
  } finally {
    if (mine === running) {
      running = null;
      busy(false);
      Promise.all([kept.refresh(), showState()]).catch(complain);
    }
  }
}

function busy(is) {
  // What has the focus keeps it: `disabled` and `hidden` would take it away.
  if (document.activeElement === $("stop")) $("question").focus();
  $("stop").hidden = !is;
  $("send").setAttribute("aria-disabled", String(is));
}

// --- the page ------------------------------------------------------------------------------------

$("ask").addEventListener("submit", (event) => {
  event.preventDefault();
  const question = $("question").value.trim();
  if (question && !running) ask(question);
});
$("unlock").addEventListener("submit", (event) => {
  event.preventDefault();
  keepToken($("token").value.trim());
  $("token").value = "";
  enter();
});
$("question").addEventListener("keydown", (event) => {
  // While an input method composes Chinese, Enter is its own.
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  if (!running) $("ask").requestSubmit();
});
$("stop").addEventListener("click", () => running?.abort());
$("close").addEventListener("click", () => viewer.close());
$("collection").addEventListener("change", () =>
  showState().catch(complain));
$("model").addEventListener("change", () => localStorage.setItem("model", $("model").value));
$("language").addEventListener("click", () => {
  switchLanguage();
  uploads.show();
  admin.show();
  if ($("unlock").hidden) tellState();
  for (const turn of turns) if (turn.answer) turn.show(turn.answer);
});
addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !viewer.close()) running?.abort();
});
addEventListener("hashchange", () => {
  if (takeToken()) enter();
});

takeToken();
translate();
enter();
