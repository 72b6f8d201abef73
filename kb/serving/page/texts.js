// What the page says, in both languages; and how text of others is put on it.

const TEXTS = {
  en: {
    ask: "Your question", example: "What does the contract say about delivery?",
    keys: "Enter asks, Shift+Enter makes a new line, Esc stops", send: "Ask", stop: "Stop",
    token: "Your access key", open: "Open", other: "中文",
    missing: "Enter the key that you were given for this page.",
    locked: "This key is not valid. Ask whoever runs the server for a new one.",
    history: "Conversations", fresh: "New conversation", find: "Search conversations",
    conversation: "Conversation", collection: "Collection", model: "Model", rename: "Rename", accept: "Save",
    save: "Export", remove: "Delete", sure: "Delete this conversation for good?",
    empty: "Ask something about the documents. A follow-up may lean on what was said before.",
    narrow: "Narrow down", type: "File type", path: "Path", passages: "Passages",
    understood: "Understood as: ", sent: "Asking …", searching: "Searching …", writing: "Writing …",
    answer: "Answer", refused: "Not in the documents", stopped: "Stopped", failed: "It did not work",
    all: "all collections", doubt: "No passage holds: ", separator: ", ", copy: "Copy with sources",
    copied: "Copied", computed: "How it was computed", tables: "Tables", filters: "Filters",
    operation: "Operation", columns: "Columns", rows: "Rows", result: "Result",
    rowsUsed: (r) => `${r.used} of ${r.of}`,
    conflict: "Another passage says: ", replaced: "replaced",
    old: "This version has been replaced by: ", current: "Version in force: ",
    document: "Document", close: "Close", marked: "The passage is highlighted.",
    unmarked: "The passage could not be found in the text; here is the whole document.",
    gone: "The server does not answer. Try again in a moment.",
    busy: "Many people are asking just now. Try again in a moment.",
    nothing: "Nothing has been added to this collection yet.",
    full: "This conversation is full. Begin a new one.",
    page: (n) => `p. ${n}`, line: (n) => `line ${n}`,
    progress: (p) => p.stage === "loading" ? "Loading the model …"
      : p.total ? `Reading ${p.done} of ${p.total} tokens …` : "Reading …",
    waiting: (n, s) => `${n} before you, about ${s} s`,
    state: (s) => `${s.collection} · ${s.documents} documents`,
    footer: (a) => `${a.model ? a.model + " · " : ""}${a.timings.total.toFixed(1)} s`
      + (a.timings.wait >= 1 ? ` (${a.timings.wait.toFixed(1)} s of it waiting)` : ""),
    since: "Dated from", until: "to",
    "view:page": "Page", "view:sheet": "Table", "view:text": "Text", before: "Back",
    after: "Next", pageOf: (n, of) => `page ${n} of ${of}`, drawing: "Drawing the page …",
    unmarkedPage: "The passage could not be found on the page; the page is a scan, or says it otherwise.",
    markedRows: "The cited rows are highlighted.", unmarkedRows: "No row could be told to be the cited one.",
    rowsShown: (n, of) => `${n} of ${of} rows are shown.`,
    "head:from": "From", "head:to": "To", "head:cc": "Cc", "head:date": "Date", "head:subject": "Subject",
    admin: "Server", "admin:documents": "Documents (passages)", "admin:generation": "Generation",
    "admin:home": "Home folder", "admin:sizes": "Size", "admin:models": "Models", "admin:waiting": "Waiting",
    "admin:walls": "Walls", "admin:runs": "Last runs", "admin:failures": "Files that could not be read",
    "admin:walls:none": "No wall is in force.", "admin:runs:none": "No run yet.",
    "admin:failures:none": "Every file was read.",
    sizes: (index, free) => `${index}, ${free} free on the disk`,
    waits: (w) => `${w.answering} being answered, ${w.answers} waiting${w.uploads ? `; uploads: ${w.uploads}` : ""}`,
    yes: "in force", no: "missing", "column:wall": "Wall", "column:holds": "State",
    "column:detail": "What it covers", "column:started": "Began (UTC)", "column:command": "Command",
    "column:outcome": "Outcome", "column:changes": "Added, changed, removed, failed",
    "column:seconds": "Seconds", "column:file": "File", "column:why": "Why",
    helped: "Did this help?", good: "Yes", bad: "No",
    reason: "Why? (optional)", noted: "Noted.", takenBack: "Taken back.",
    seen: "Whoever runs the server sees the question, the answer and this. Press it once more to take it back.",
    add: "Add documents", drop: "Drop files here, or choose them.", choose: "Choose files",
    most: (m) => `Up to ${Math.floor(m.most_bytes / 1048576)} MB each, ${m.most_files} in all.`,
    sending: (p) => `sending, ${p} %`, queued: "waiting to be sent", took: "Dismiss", notAdded: "not added",
    stateWaiting: "waiting to be read", stateReading: "being read", stateReady: "can be asked",
    stateFailed: "not read", stateRemoving: "being removed", partly: "A part of it was not read: ",
    surely: (name) => `Remove “${name}” from the documents for good?`,
    runWaiting: "Reading begins in a moment, or once another run has ended.",
    runRunning: (r) => r.total ? `Reading: ${r.done} of ${r.total} files` : "Reading …",
    tooLarge: "It is too large.", taken: "You have uploaded a file of this name already. Remove it first.",
    many: "You have too many uploads here. Remove some first.", cut: "The connection broke off. Send it again.",
    arrived: (n) => `${n} can be asked now.`,
    unread: (reference) => `It could not be done (${reference}). Tell whoever runs the server.`,
    "why:unsupported-format": "This kind of file cannot be read.",
    "why:empty-document": "There is no text in it.",
    "why:damaged-document": "The file is damaged, or is another kind than its name says.",
    "why:protected-document": "It is protected by a password.",
    "why:unreadable-file": "The server cannot open it.",
    "why:missing-program": "The server lacks a program for this kind of file.",
    "why:limit-exceeded": "It takes too much time or memory to read.",
    "why:passed-over": "By its name it is no document.",
    "why:lock-held": "Another run took too long. The next run reads it.",
    trouble: (reference) => `The server could not answer (${reference}). Tell whoever runs it.`,
  },
  zh: {
    ask: "您的问题", example: "合同里怎么约定交货时间？",
    keys: "回车提问，Shift+回车换行，Esc 停止", send: "提问", stop: "停止",
    token: "您的访问密钥", open: "进入", other: "English",
    missing: "请输入分配给您的密钥。",
    locked: "密钥无效。请向管理员索取新的密钥。",
    history: "对话", fresh: "新对话", find: "搜索对话",
    conversation: "当前对话", collection: "知识库", model: "模型", rename: "重命名", accept: "保存",
    save: "导出", remove: "删除", sure: "确定永久删除这段对话？",
    empty: "请就文档提问。追问可以承接前面的内容。",
    narrow: "缩小范围", type: "文件类型", path: "路径", passages: "段落数",
    understood: "理解为：", sent: "正在提交……", searching: "正在检索……", writing: "正在作答……",
    answer: "回答", refused: "文档中没有答案", stopped: "已停止", failed: "没有成功",
    all: "全部知识库", doubt: "以下内容在原文中找不到：", separator: "、", copy: "连同出处复制",
    copied: "已复制", computed: "计算过程", tables: "表", filters: "条件",
    operation: "运算", columns: "列", rows: "行", result: "结果",
    rowsUsed: (r) => `${r.of} 行中的 ${r.used} 行`,
    conflict: "另一处原文写的是：", replaced: "已被取代",
    old: "该版本已被取代，现行版本：", current: "现行版本：",
    document: "文档", close: "关闭", marked: "相关段落已标出。",
    unmarked: "没能在文本中定位该段落，以下是整份文档。",
    gone: "服务器没有响应，请稍后再试。",
    busy: "现在提问的人很多，请稍后再试。",
    nothing: "这个知识库里还没有文档。",
    full: "这段对话已满，请开始新对话。",
    page: (n) => `第 ${n} 页`, line: (n) => `第 ${n} 行`,
    progress: (p) => p.stage === "loading" ? "正在加载模型……"
      : p.total ? `正在阅读：${p.done} / ${p.total} 个词元……` : "正在阅读……",
    waiting: (n, s) => `前面还有 ${n} 个问题，约 ${s} 秒`,
    state: (s) => `${s.collection} · ${s.documents} 份文档`,
    footer: (a) => `${a.model ? a.model + " · " : ""}${a.timings.total.toFixed(1)} 秒`
      + (a.timings.wait >= 1 ? `（其中等待 ${a.timings.wait.toFixed(1)} 秒）` : ""),
    since: "文档日期从", until: "到",
    "view:page": "页面", "view:sheet": "表格", "view:text": "文字", before: "上一页",
    after: "下一页", pageOf: (n, of) => `第 ${n} 页，共 ${of} 页`, drawing: "正在绘制页面……",
    unmarkedPage: "没能在页面上定位该段落：页面是扫描件，或文字写法不同。",
    markedRows: "引用的行已标出。", unmarkedRows: "没能确定引用的是哪一行。",
    rowsShown: (n, of) => `共 ${of} 行，显示其中 ${n} 行。`,
    "head:from": "发件人", "head:to": "收件人", "head:cc": "抄送", "head:date": "日期", "head:subject": "主题",
    admin: "服务器", "admin:documents": "文档（段落）", "admin:generation": "版本",
    "admin:home": "数据目录", "admin:sizes": "大小", "admin:models": "模型", "admin:waiting": "等待",
    "admin:walls": "防护", "admin:runs": "最近的任务", "admin:failures": "未能读取的文件",
    "admin:walls:none": "没有防护生效。", "admin:runs:none": "还没有任务。",
    "admin:failures:none": "所有文件都已读取。",
    sizes: (index, free) => `${index}，磁盘剩余 ${free}`,
    waits: (w) => `正在作答 ${w.answering} 个，等待 ${w.answers} 个${w.uploads ? `；上传：${w.uploads}` : ""}`,
    yes: "生效", no: "缺少", "column:wall": "防护", "column:holds": "状态",
    "column:detail": "范围", "column:started": "开始（UTC）", "column:command": "命令",
    "column:outcome": "结果", "column:changes": "新增、更新、移除、失败",
    "column:seconds": "秒", "column:file": "文件", "column:why": "原因",
    helped: "这个回答有帮助吗？", good: "有", bad: "没有",
    reason: "原因（可不填）", noted: "已记录。", takenBack: "已撤回。",
    seen: "管理员会看到问题、回答和您写的原因。再按一次即可撤回。",
    add: "添加文档", drop: "把文件拖到这里，或者选择文件。", choose: "选择文件",
    most: (m) => `每个文件不超过 ${Math.floor(m.most_bytes / 1048576)} MB，最多 ${m.most_files} 个。`,
    sending: (p) => `正在上传 ${p}%`, queued: "等待上传", took: "知道了", notAdded: "未添加",
    stateWaiting: "等待读取", stateReading: "正在读取", stateReady: "可以提问",
    stateFailed: "未能读取", stateRemoving: "正在移除", partly: "其中一部分未能读取：",
    surely: (name) => `确定把“${name}”永久移出知识库？`,
    runWaiting: "马上开始读取；如有其他任务在运行，会等它结束。",
    runRunning: (r) => r.total ? `正在读取：第 ${r.done} 个，共 ${r.total} 个文件` : "正在读取……",
    tooLarge: "文件太大。", taken: "您已上传过同名文件，请先移除。",
    many: "您在这里的上传已达上限，请先移除一些。", cut: "连接中断，请重新上传。",
    arrived: (n) => `现在可以就 ${n} 提问了。`,
    unread: (reference) => `没有成功（${reference}）。请告知管理员。`,
    "why:unsupported-format": "无法读取这种类型的文件。",
    "why:empty-document": "文件里没有文字。",
    "why:damaged-document": "文件已损坏，或与扩展名不符。",
    "why:protected-document": "文件有密码保护。",
    "why:unreadable-file": "服务器无法打开这个文件。",
    "why:missing-program": "服务器缺少读取这种文件的程序。",
    "why:limit-exceeded": "读取它需要太多时间或内存。",
    "why:passed-over": "从文件名看，它不是文档。",
    "why:lock-held": "另一个任务耗时太久，下一次运行会读取它。",
    trouble: (reference) => `服务器未能作答（${reference}）。请告知管理员。`,
  },
};

let chosen = localStorage.getItem("language")
  || (navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en");
if (!TEXTS[chosen]) chosen = "en";

export const $ = (id) => document.getElementById(id);
export const say = (name, ...given) => {
  const text = TEXTS[chosen][name];
  return typeof text === "function" ? text(...given) : text;
};

export function switchLanguage() {
  chosen = chosen === "en" ? "zh" : "en";
  localStorage.setItem("language", chosen);
  translate();
}

export function translate(within = document) {
  document.documentElement.lang = chosen;
  $("language").textContent = say("other");
  $("language").lang = chosen === "en" ? "zh" : "en";
  for (const one of within.querySelectorAll("[data-text]")) one.textContent = say(one.dataset.text);
  for (const one of within.querySelectorAll("[data-hint]")) one.placeholder = say(one.dataset.hint);
  for (const one of within.querySelectorAll("[data-name]")) {
    one.setAttribute("aria-label", say(one.dataset.name));
  }
}

// What would act on the screen and is not seen: controls, and overrides of the direction.
const ACTING = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g;

export function harmless(text) {
  return String(text).replace(/\r\n?/g, "\n").replace(ACTING, (one) =>
    `⟨U+${one.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}⟩`);
}

export function made(tag, text = "", className = "") {
  const element = document.createElement(tag);
  if (text) element.textContent = harmless(text);
  if (className) element.className = className;
  return element;
}

// A text of a document: its own direction does not reach what stands beside it.
export const quoted = (text, className = "") => made("bdi", text, className);

export function named(tag, name, className = "") {
  const element = made(tag, say(name), className);
  element.dataset.text = name;
  return element;
}

// Fill a list anew; the focus stays on what it was on, known by its data-key.
export function refill(list, items) {
  const key = list.contains(document.activeElement) && document.activeElement.dataset.key;
  list.replaceChildren(...items);
  if (!key) return;
  [...list.querySelectorAll("[data-key]")].find((one) => one.dataset.key === key)?.focus();
}

// Read out once, by whoever has a screen reader.
export function announce(text) {
  $("live").textContent = harmless(text);
}
