// The page of kb serve. Everything that a document, a question or the server says is put in as
// text (textContent), never as HTML.
"use strict";

const TEXTS = {
  en: {
    ask: "Your question", example: "What does the contract say about delivery?",
    keys: "Enter asks, Shift+Enter makes a new line, Esc stops", send: "Ask", stop: "Stop",
    token: "Token (kb serve printed it)", open: "Open", locked: "The token is missing or not valid.",
    searching: "Searching …", writing: "Writing …", answer: "Answer", refused: "Not in the documents",
    stopped: "Stopped", failed: "It did not work", all: "all collections",
    doubt: "No passage holds: ", separator: ", ",
    page: (n) => `p. ${n}`, line: (n) => `line ${n}`,
    state: (s) => `${s.collection} · ${s.documents} documents · generation ${s.generation}`,
    empty: (s) => `${s.collection} is empty: kb ingest PATH`,
    footer: (a) => `${a.model ? a.model + " · " : ""}${a.timings.total.toFixed(1)} s`,
    gone: "The server does not answer.",
  },
  zh: {
    ask: "您的问题", example: "合同里怎么约定交货时间？",
    keys: "回车提问，Shift+回车换行，Esc 停止", send: "提问", stop: "停止",
    token: "令牌（kb serve 启动时显示）", open: "进入", locked: "缺少令牌，或令牌无效。",
    searching: "正在检索……", writing: "正在作答……", answer: "回答", refused: "文档中没有答案",
    stopped: "已停止", failed: "没有成功", all: "全部知识库",
    doubt: "以下内容在原文中找不到：", separator: "、",
    page: (n) => `第 ${n} 页`, line: (n) => `第 ${n} 行`,
    state: (s) => `${s.collection} · ${s.documents} 份文档 · 第 ${s.generation} 代`,
    empty: (s) => `${s.collection} 还是空的：kb ingest PATH`,
    footer: (a) => `${a.model ? a.model + " · " : ""}${a.timings.total.toFixed(1)} 秒`,
    gone: "服务器没有响应。",
  },
};
const chinese = navigator.language.toLowerCase().startsWith("zh");
const words = chinese ? TEXTS.zh : TEXTS.en;
const $ = (id) => document.getElementById(id);

// --- the token: in the address's fragment, which no browser sends; then of this tab alone --------

function takeToken() {
  const given = new URLSearchParams(location.hash.slice(1)).get("token");
  if (given) {
    sessionStorage.setItem("token", given);
    history.replaceState(null, "", location.pathname);
  }
}

async function call(path, options = {}) {
  const token = sessionStorage.getItem("token") || "";
  // A header takes no characters beyond Latin-1; such a token is wrong anyhow.
  const safe = /^[\x21-\x7e]*$/.test(token) ? token : "";
  const headers = { ...options.headers, Authorization: `Bearer ${safe}` };
  const response = await fetch(path, { ...options, headers });
  if (response.ok) return response;
  if (response.status === 401) lock();
  throw (await response.json()).error;
}

function lock() {
  $("ask").hidden = true;
  $("unlock").hidden = false;
  $("state").textContent = words.locked;
  $("token").focus();
}

// --- what is served ------------------------------------------------------------------------------

async function showState() {
  const collection = $("collection").value;
  const query = collection ? `?collection=${encodeURIComponent(collection)}` : "";
  try {
    const { status, collections } = await (await call(`api/status${query}`)).json();
    $("ask").hidden = false;
    $("unlock").hidden = true;
    offer(collections);
    const several = collections.length > 1 && !collection;
    const one = status.generation ? words.state(status) : words.empty(status);
    $("state").textContent = several ? collections.join(words.separator) : one;
    if (!$("reply").classList.contains("busy")) $("question").focus();
  } catch (error) {
    if ($("unlock").hidden) $("state").textContent = error.what || words.gone;
  }
}

function offer(collections) {
  const select = $("collection");
  if (collections.length < 2 || select.options.length) return;
  select.append(new Option(words.all, ""), ...collections.map((name) => new Option(name, name)));
  select.hidden = false;
}

// --- a question ----------------------------------------------------------------------------------

let running = null;

async function ask(question) {
  running?.abort();
  const mine = (running = new AbortController());
  begin();
  try {
    const body = { question, stream: true, collection: $("collection").value };
    const response = await call("api/ask", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
      signal: mine.signal,
    });
    for await (const line of lines(response)) {
      if (mine === running) hear(line);
    }
  } catch (error) {
    if (mine !== running) return;
    if (mine.signal.aborted) finish("stopped", words.stopped);
    else fail(error.what ? error : { what: words.gone });
  } finally {
    if (mine === running) {
      running = null;
      busy(false);
      showState();
    }
  }
}

async function* lines(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const whole = (rest + value).split("\n");
    rest = whole.pop();
    for (const line of whole) yield JSON.parse(line);
  }
}

function hear(line) {
  if (line.sources) {
    showSources(line.sources.map((one) => ({ ...one, quote: "" })));
    $("kind").textContent = words.writing;
  } else if (line.piece) {
    $("answer").append(line.piece);
  } else if (line.error) {
    fail(line.error);
  } else {
    showAnswer(line);
  }
}

function begin() {
  $("reply").hidden = false;
  $("reply").className = "";
  $("doubt").hidden = true;
  for (const id of ["answer", "sources", "footer"]) $(id).replaceChildren();
  $("kind").textContent = words.searching;
  busy(true);
}

function busy(is) {
  $("reply").classList.toggle("busy", is);
  $("stop").hidden = !is;
  $("send").disabled = is;
}

function showAnswer(answer) {
  finish(answer.found ? "found" : "refused", answer.found ? words.answer : words.refused);
  const cited = new Set(answer.citations.map((one) => one.n));
  $("answer").replaceChildren(...withMarkers(answer.answer, cited));
  if (answer.citations.length) showSources(answer.citations);
  if (answer.unsupported.length) {
    $("doubt").textContent = words.doubt + answer.unsupported.join(words.separator);
    $("doubt").hidden = false;
  }
  $("footer").textContent = words.footer(answer);
}

function withMarkers(text, cited) {
  return text.split(/(\[\d+\])/).map((part) => {
    const number = Number(part.slice(1, -1));
    if (!/^\[\d+\]$/.test(part) || !cited.has(number)) return document.createTextNode(part);
    const link = made("a", part);
    link.href = `#source-${number}`;
    return link;
  });
}

function showSources(sources) {
  $("sources").replaceChildren(...sources.map((one) => {
    const item = made("li");
    item.id = `source-${one.n}`;
    const at = one.page != null ? words.page(one.page)
      : one.line != null ? words.line(one.line) : "";
    item.append(made("span", `[${one.n}] ${one.source}`, "place"));
    item.append(made("span", [at, one.section].filter(Boolean).map((s) => ` · ${s}`).join(""), "where"));
    if (one.quote) item.append(made("blockquote", one.quote));
    else item.className = "uncited";
    return item;
  }));
}

function fail(error) {
  finish("failed", words.failed);
  $("answer").textContent = [error.what, error.why, error.hint].filter(Boolean).join("\n");
}

function finish(kind, text) {
  $("reply").classList.add(kind);
  $("kind").textContent = text;
}

function made(tag, text = "", className = "") {
  const element = document.createElement(tag);
  element.textContent = text;
  element.className = className;
  return element;
}

// --- the page ------------------------------------------------------------------------------------

document.documentElement.lang = chinese ? "zh" : "en";
for (const one of document.querySelectorAll("[data-text]")) one.textContent = words[one.dataset.text];
$("question").placeholder = words.example;

$("ask").addEventListener("submit", (event) => {
  event.preventDefault();
  const question = $("question").value.trim();
  if (question) ask(question);
});
$("unlock").addEventListener("submit", (event) => {
  event.preventDefault();
  sessionStorage.setItem("token", $("token").value.trim());
  $("token").value = "";
  showState();
});
$("question").addEventListener("keydown", (event) => {
  // While an input method composes Chinese, Enter is its own.
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  if (!running) $("ask").requestSubmit();
});
$("stop").addEventListener("click", () => running?.abort());
$("collection").addEventListener("change", showState);
addEventListener("keydown", (event) => { if (event.key === "Escape") running?.abort(); });
addEventListener("hashchange", () => {
  if (location.hash.startsWith("#token=")) { takeToken(); showState(); }
});

takeToken();
showState();
